"""A day small enough to be added up by hand: 2026-11-20 in Shanghai, two queues, two agents, nine callers.

support, threshold 20 s:
    08:05 A waits  4 s, 1001 answers after a ring of 3 s, talks 100 s (10 s of it hold), wraps up 20 s
    08:10 B waits 10 s, 1001 answers after 15 s of ringing, talks 200 s, wraps up 40 s, transferred
    08:35 C waits 30 s, 1002 answers (ring not known), talks 300 s
    08:40 D waits  3 s and gives up: short
    08:50 A again: waits 70 s, 1002 answers, talks 60 s
    09:10 E waits 40 s and gives up, and again at 09:20 after 50 s
    09:30 a caller without a number gives up after 8 s
    09:40 F waits 25 s and leaves by timeout
    09:45 a caller finds the queue full
sales:
    10:00 G waits 2 s, 1001 answers, talks 30 s
    10:05 H still waits
alarms:
    08:55 to 09:30 support answers 75 % in time, then 60 %, 80 % being due; eve has taken note at 09:00
    09:05 to 09:06:40 1001 is away for longer than 300 s
    10:00 and on: nobody is logged in to sales
commands: at 09:07 eve fetches 1001 back, and is not allowed to log them out
"""

import sqlite3
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ctibridge.domain.policy import Policy
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.history.store import opened

ZONE = ZoneInfo("Asia/Shanghai")
POLICY = Policy(timezone=ZONE)
COLUMNS = [
    "queue",
    "call",
    "joined_at",
    "caller_hmac",
    "outcome",
    "left_at",
    "wait_seconds",
    "is_short",
    "agent",
    "ring_seconds",
    "is_within_rings",
    "talk_seconds",
    "hold_seconds",
    "wrap_up_seconds",
    "transfer_kind",
    "reason",
]


def at(text: str) -> Timestamp:
    return Timestamp(datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=ZONE).timestamp())


NOW = at("20T12:00")


def call(queue: str, name: str, joined: str, wait: float | None, outcome: str, **more: object) -> dict[str, object]:
    moment = at(joined if "T" in joined else f"20T{joined}")
    given = {"queue": queue, "call": f"{moment:.0f}.1", "joined_at": moment, "outcome": outcome, "wait_seconds": wait}
    given["caller_hmac"] = name.encode() if name else None
    given["left_at"] = None if wait is None else moment + wait
    return dict.fromkeys(COLUMNS) | given | more


def alarm(rule: str, subject: str, since: str, until: str, **more: object) -> dict[str, object]:
    return {
        "pbx": "pbx1",
        "alert": f"{rule}:{subject}",
        "since": at(f"20T{since}"),
        "until": at(f"20T{until}"),
        "is_over": 1,
        "rule": rule,
        "label": rule.replace("_", " ").capitalize(),
        "label_zh": {"service_level_low": "服务水平低", "limit_exceeded": "离席超时"}.get(rule, ""),
        "severity": "warning",
        "origin": "derived",
    } | more


CALLS = [
    call("support", "A", "08:05", 4, "answered", agent="1001", ring_seconds=3.0, is_within_rings=1,
         talk_seconds=100, hold_seconds=10, wrap_up_seconds=20),
    call("support", "B", "08:10", 10, "answered", agent="1001", ring_seconds=15.0, is_within_rings=0,
         talk_seconds=200, hold_seconds=0, wrap_up_seconds=40, transfer_kind="blind"),
    call("support", "C", "08:35", 30, "answered", agent="1002", talk_seconds=300, hold_seconds=0),
    call("support", "D", "08:40", 3, "abandoned", is_short=1),
    call("support", "A", "08:50", 70, "answered", agent="1002", ring_seconds=5.0, is_within_rings=1,
         talk_seconds=60, hold_seconds=0),
    call("support", "E", "09:10", 40, "abandoned", is_short=0),
    call("support", "E", "09:20", 50, "abandoned", is_short=0),
    call("support", "", "09:30", 8, "abandoned", is_short=0),
    call("support", "F", "09:40", 25, "exited", reason="timeout"),
    call("sales", "G", "10:00", 2, "answered", agent="1001", talk_seconds=30, hold_seconds=0),
    call("sales", "H", "10:05", None, "waiting"),
]  # fmt: skip

STATES = [
    # 1001: 08:00 to 10:00 ready but for an hour on calls; away for 400 s from 09:00, of which 100 s too long.
    ("1001", "20T08:00", "20T08:15", "ready", None, None),
    ("1001", "20T08:15", "20T08:45", "busy", None, None),
    ("1001", "20T08:45", "20T09:00", "wrap_up", None, None),
    ("1001", "20T09:00", "20T09:06:40", "not_ready", "away", 100.0),
    ("1001", "20T09:06:40", "20T10:00", "ready", None, None),
    # 1002 was ready from the evening before to 08:30.
    ("1002", "19T23:00", "20T08:30", "ready", None, None),
]

ALARMS = [
    alarm("service_level_low", "support", "08:55", "09:30", unit="ratio", queue="support",
          value=0.75, worst_value=0.6, threshold=0.8, acknowledged_by="eve", acknowledged_at=at("20T09:00")),
    alarm("limit_exceeded", "1001", "09:05", "09:06:40", unit="seconds", agent="1001", team="north",
          value=300.0, worst_value=400.0, threshold=300.0, detail="away"),
    alarm("too_few_staffed", "sales", "10:00", "11:59", unit="agents", queue="sales", is_over=0,
          severity="critical", value=0.0, worst_value=0.0, threshold=1.0),
]  # fmt: skip

COMMANDS = [
    ("pbx1", at("20T09:07"), "eve", "t1", "unpause", "leader", "agent/1001", "{}", "mqtt", None, "done", None, ""),
    ("pbx1", at("20T09:07:30"), "eve", "t2", "log_out", "leader", "agent/1001", '{"queue":"support"}', "http",
     "127.0.0.1", "refused", "not_allowed", "leaders may not log agents out"),
]  # fmt: skip


async def small_day(path: Path, more: list[dict[str, object]] | None = None) -> Path:
    """The day's database."""
    async with opened(path, 0):
        pass
    with sqlite3.connect(path) as connection:
        for row in [*CALLS, *(more or [])]:
            names = [*row, "pbx", "stay", "level_threshold", "origin", "caller_mask"]
            values = [*row.values(), "pbx1", 0, 20, "ami", "***77" if row["caller_hmac"] else None]
            marks = ", ".join("?" * len(names))
            connection.execute(f"INSERT INTO calls ({', '.join(names)}) VALUES ({marks})", values)  # noqa: S608
        connection.execute("INSERT INTO refusals VALUES ('pbx1', 'support', 'r.1', ?, 'full')", (at("20T09:45"),))
        for name, team in (("1001", "north"), ("1002", "north")):
            person = ("pbx1", name, "=Eve <b>" if name == "1001" else "王小明", team, NOW)
            connection.execute("INSERT INTO agents VALUES (?, ?, ?, ?, ?)", person)
        ring = ("pbx1", "support", "c.1", "1002", at("20T08:36"), 0, "ring_no_answer", 15.0, "ami")
        connection.execute("INSERT INTO rings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", ring)
        for agent, since, until, state, reason, overrun in STATES:
            limit = 300.0 if overrun else None
            stretch = ("pbx1", agent, at(since), at(until), state, reason, limit, overrun, "ami")
            connection.execute("INSERT INTO agent_intervals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", stretch)
        for row in ALARMS:
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO alarms ({', '.join(row)}) VALUES ({marks})", list(row.values()))  # noqa: S608
        for command in COMMANDS:
            connection.execute(f"INSERT INTO commands VALUES ({', '.join('?' * len(command))})", command)  # noqa: S608
    connection.close()
    return path
