"""A call centre that never was, as retained messages on a real broker: as large and as busy as a test wants it."""

import json
import random
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Final, Self

import msgspec
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from ctibridge.domain.permits import allowed
from ctibridge.domain.policy import Policy
from ctibridge.domain.roles import Role
from ctibridge.outputs.mqtt.envelope import moment_text
from ctibridge.outputs.mqtt.info import site_info
from ctibridge.outputs.mqtt.topics import Topics, escape
from tests.servers.ports import LOOPBACK
from tests.servers.waiting import wait_until

BASE, PBX = "ctibridge/v1", "pbx1"
QUEUES: Final = (
    ("support", "客服热线", 0.83), ("sales", "Sales", 0.91), ("vip", "贵宾专线", 0.97),
    ("billing", "Billing", 0.62), ("repairs", "Repairs", 0.78), ("orders", "订单查询", 0.88),
)  # fmt: skip
NAMES: Final = (
    "张三", "Anna Schmidt", "李四", "王芳", "John Miller", "刘洋", "陈静", "Maria García", "赵敏", "孙伟",
    "Emma Dubois", "周杰", "吴秀英", "Liam O'Brien", "郑强", "冯雪", "Sofia Rossi", "褚明", "卫红", "James Chen",
)  # fmt: skip
STATES: Final = ("busy", "ready", "ringing", "wrap_up", "not_ready", "unreachable", "logged_out")
SHARES: Final = (46, 26, 6, 9, 9, 1, 3)
REASONS: Final = (("away", "Away", 300), ("busy", "Busy", 900), ("meal", "Meal", 3600))
INFLOW: Final = (4, 9, 16, 24, 31, 34, 33, 28, 21, 18, 22, 29, 32, 30, 26, 21)
"""Calls by half hours of a working day, at a queue of the usual size."""

SILENT: Final = "nobody"
"""A user for whom there is no answer, as from a bridge that knows no commands."""

Json = dict[str, Any]


class Centre:
    """Publishes all states within `with`; `change` is one more thing that happens."""

    def __init__(self, port: int, *, agents: int = 48, queues: int = 6, seed: int = 1) -> None:
        self.topics = Topics(BASE, PBX)
        self.epoch, self.sequence = 7, 1000
        self.agents: dict[str, Json] = {}
        self.queues: dict[str, Json] = {}
        self._port = port
        self._random = random.Random(seed)
        self._sizes = agents, queues
        self._callers = 0
        self.callbacks: list[Json] = []
        """What is answered to whoever asks whom to call back."""
        self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(1, 1)

    def __enter__(self) -> Self:
        self._client.on_message = self._answer
        self._client.connect(LOOPBACK, self._port)
        self._client.subscribe([(f"{self.topics.root}/cmd/+/{command}", 1) for command in ("whoami", "callbacks")])
        self._client.loop_start()
        self.publish_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @staticmethod
    def now() -> float:
        """The PBX's time."""
        return time.time()  # noqa: TID251 - this stands for the PBX, whose clock is the machine's

    def reconnect(self) -> None:
        """Return when the broker is there again; the client sees to it by itself."""
        wait_until(self._client.is_connected, "the broker")

    def publish_all(self, *, only_known: bool = False) -> None:
        """What the bridge publishes after a connect, in its order; without making up anybody anew, if `only_known`."""
        agents, queues = (0, 0) if only_known else self._sizes
        for number in range(queues):
            name, label, _ = QUEUES[number % len(QUEUES)]
            again = number // len(QUEUES)
            queue = f"{name}{again or ''}"
            self.queues.setdefault(queue, self._queue(queue, f"{label} {again + 1}" if again else label))
        for number in range(agents):
            self.agents.setdefault(str(1001 + number), self._agent(number))
        for agent in self.agents:
            self.tell_agent(agent)
        for number, queue in enumerate(self.queues):
            self.tell_queue(queue)
            self.tell_figures(queue, QUEUES[number % len(QUEUES)][2])
        self.tell_info()
        self.tell_status("online")

    def tell_status(self, state: str, *, ami: str = "connected", reason: str | None = None) -> None:
        """Retained word on whether the states may be believed."""
        status = {"state": state, "epoch": self.epoch, "since": self.now(), "reason": reason, "ami": ami}
        self._publish(self.topics.status, json.dumps(status | {"sequence": f"{self.sequence:020d}"}).encode())

    def tell_info(self, *, has_private: bool = False) -> None:
        """What a display needs to know about the site."""
        info = site_info(version="1", pbx=PBX, policy=Policy(), overrides={}, has_private=has_private)
        self._state(self.topics.info, "bridge.info", "bridge", msgspec.to_builtins(info))

    def tell_agent(self, agent: str) -> None:
        """The agent's whole state."""
        self._state(self.topics.agent_state(agent), "agent.state", f"agent/{agent}", self.agents[agent])  # type: ignore[arg-type]

    def tell_unmasked(self, agent: str, number: str) -> None:
        """The private twin of an agent's state, with the caller's number."""
        state = self.agents[agent]
        call = state["call"] | {"caller": {"number": number, "name": "Li Lei"}}
        topic = f"{self.topics.private_root}/agent/{agent}/state"
        self._state(topic, "agent.state", f"agent/{agent}", state | {"call": call})

    def ring(self, agent: str, queue: str, *, waited: float) -> None:
        """The agent's phone begins to ring for a caller who has waited so many seconds."""
        self.agents[agent] |= self._in_state("ringing", self.now(), None)
        self.agents[agent]["call"] |= {"queue": queue, "joined_at": self.now() - waited}
        self.tell_agent(agent)

    def tell_queue(self, name: str) -> None:
        """The queue's state, and its board."""
        queue = self.queues[name]
        self._state(f"{self.topics.root}/queue/{escape(name)}/state", "queue.state", f"queue/{name}", queue)
        board = {key: value for key, value in queue.items() if key not in ("callers", "strategy")}
        self._state(f"{self.topics.root}/queue/{escape(name)}/board", "queue.board", f"queue/{name}", board)

    def tell_figures(self, name: str, level: float) -> None:
        """The queue's figures and its day."""
        curve = list(self._curve(level))
        offered = sum(half["offered"] for half in curve)
        abandoned = sum(half["abandoned"] for half in curve)
        day = self._figures(offered, abandoned, level)
        recent = self._figures(curve[-1]["offered"], curve[-1]["abandoned"], level)
        root = f"{self.topics.root}/queue/{escape(name)}"
        self._state(
            f"{root}/stats", "queue.stats", f"queue/{name}", {"queue": name, "day": day, "last_30_minutes": recent}
        )
        self._state(
            f"{root}/curve",
            "queue.curve",
            f"queue/{name}",
            {"queue": name, "since": curve[0]["since"] - 8 * 3600, "half_hours": curve},
        )

    def tell_alarm(self, alert: str, alarm: Json | None) -> None:
        """One alarm, or its end."""
        topic = f"{self.topics.root}/alert/{escape(alert)}"
        if alarm is None:
            self._publish(topic, b"")
        else:
            self._state(topic, "alert.state", f"alert/{alert}", {"alert": alert, **alarm})

    def change(self) -> None:
        """One more thing happens: an agent's state, or a caller comes or goes."""
        if self._random.random() < 0.7:
            agent = self._random.choice(list(self.agents))
            self.set_state(agent, self._random.choices(STATES[:5], SHARES[:5])[0])
        else:
            queue = self.queues[self._random.choice(list(self.queues))]
            if queue["callers"] and self._random.random() < 0.55:
                queue["callers"].pop(0)
            elif len(queue["callers"]) < 9:
                queue["callers"].append(self._caller(self.now()))
            self._count(queue)
            self.tell_queue(queue["queue"])

    def set_state(self, agent: str, state: str, *, since: float | None = None, reason: int | None = None) -> None:
        """Give an agent another state, and tell it."""
        self.agents[agent] |= self._in_state(state, self.now() if since is None else since, reason)
        self.tell_agent(agent)

    def set_waiting(self, queue: str, *ages: float) -> None:
        """Let callers wait who have done so for so many seconds, and tell it."""
        self.queues[queue]["callers"] = [self._caller(self.now() - age) for age in sorted(ages, reverse=True)]
        self._count(self.queues[queue])
        self.tell_queue(queue)

    def forget(self, agent: str) -> None:
        """The agent is no more: the retained state is emptied."""
        del self.agents[agent]
        self._publish(f"{self.topics.root}/agent/{agent}/state", b"")

    def _answer(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        """Whom the pages are to take their users for, and whom to call back; `SILENT` is told nothing."""
        user, command = message.topic.split("/")[-2:]
        if user == SILENT:
            return
        asked = json.loads(message.payload)
        answer = {"transaction": asked["transaction"], "command": command, "ok": True, "outcome": "done"}
        said = {"callbacks": {"callbacks": self.callbacks}} if command == "callbacks" else {"me": self._me(user)}
        self._client.publish(f"{self.topics.root}/rsp/{user}/{command}", json.dumps(answer | said).encode(), qos=1)

    def _me(self, user: str) -> Json:
        """An agent by the id, else a supervisor."""
        role = Role.AGENT if user in self.agents else Role.SUPERVISOR
        agent = user if user in self.agents else None
        return {"user": user, "role": role, "agent": agent, "commands": allowed(role), "off": {}}

    def callback(self, queue: str, call: str, *, number: str = "***217", is_overdue: bool = False) -> Json:
        """Somebody who gave up twice in a queue: a day and an hour ago, or an hour ago."""
        first = self.now() - (90_000 if is_overdue else 3600)
        return {
            "caller_number": number, "call": call, "queue": queue, "attempts": 2, "first_abandoned_at": first,
            "abandoned_at": first + 60, "is_short": False, "deadline": first + 86_400, "is_overdue": is_overdue,
        }  # fmt: skip

    def settle(self) -> None:
        """Return when the broker has taken everything."""
        self._client.publish("settled", b"", qos=1).wait_for_publish(10)

    # -- made-up facts ---------------------------------------------------------------------------------------------

    def _agent(self, number: int) -> Json:
        name, again = NAMES[number % len(NAMES)], number // len(NAMES)
        queues = list(self.queues)
        own = [queues[number % len(queues)], queues[(number * 7 + 1) % len(queues)]]
        state = self._random.choices(STATES, SHARES)[0]
        since = self.now() - self._random.uniform(1, 9 if state == "ringing" else 280)
        return {
            "agent": str(1001 + number),
            "name": f"{name} {again + 1}" if again else name,
            "team": None,
            "interface": f"PJSIP/{1001 + number}",
            "queues": {queue: {"penalty": 0, "paused": state == "not_ready"} for queue in own},
            "leave": None,
            "today": {
                "answered": self._random.randrange(10, 60), "ring_no_answer": self._random.randrange(3),
                "ring_cancelled": 1, "late_answers": self._random.randrange(4), "talk_seconds": 7300.0,
                "hold_seconds": 410.0, "wrap_up_seconds": 1810.0, "ready_seconds": 5200.0,
                "not_ready_seconds": 900.0, "busy_seconds": 8100.0,
            },
        } | self._in_state(state, since, None)  # fmt: skip

    def _in_state(self, state: str, since: float, reason: int | None) -> Json:
        pause = REASONS[self._random.randrange(3) if reason is None else reason]
        is_paused, has_call = state == "not_ready", state in ("busy", "ringing")
        limit = {"seconds": pause[2], "deadline": since + pause[2], "stage": "ok", "approved_by": None}
        queue = self._random.choice(list(self.queues))
        caller = {"number": f"***{self._random.randrange(1000):03d}", "name": None}
        activity = {"busy": "on_call", "ringing": "ringing", "wrap_up": "wrap_up", "unreachable": "unreachable"}
        return {
            "state": state,
            "since": since,
            "presence": "logged_out" if state == "logged_out" else "not_ready" if is_paused else "ready",
            "activity": activity.get(state, "idle"),
            "reason": pause[0] if is_paused else None,
            "reason_label": pause[1] if is_paused else None,
            "limit": limit if is_paused else None,
            "call": {"call": f"{since:.2f}", "queue": queue, "caller": caller, "since": since} if has_call else None,
        }

    def _queue(self, name: str, label: str) -> Json:
        waiting = self._random.choice((0, 0, 1, 2, 4))
        queue: Json = {
            "queue": name, "label": label, "strategy": "rrmemory",
            "callers": [self._caller(self.now() - self._random.uniform(1, 30)) for _ in range(waiting)],
            "members": {state: self._random.randrange(1, 9) for state in STATES[:5]} | {"unreachable": 0, "unknown": 0},
            "service_level": {"threshold_seconds": 20, "target_ratio": 0.8},
            "alarms": [],
        }  # fmt: skip
        queue["members"]["total"] = sum(queue["members"].values())
        self._count(queue)
        return queue

    def _caller(self, since: float) -> Json:
        self._callers += 1
        number = f"***{self._random.randrange(1000):03d}"
        return {
            "call": f"17.{self._callers}",
            "position": 0,
            "since": since,
            "caller": {"number": number, "name": None},
        }

    @staticmethod
    def _count(queue: Json) -> None:
        for place, caller in enumerate(sorted(queue["callers"], key=lambda one: one["since"]), start=1):
            caller["position"] = place
        queue["waiting"] = len(queue["callers"])
        queue["oldest_since"] = min((one["since"] for one in queue["callers"]), default=None)

    def _curve(self, level: float) -> Iterator[Json]:
        latest = self.now() // 1800 * 1800
        for number, inflow in enumerate(INFLOW):
            offered = max(1, round(inflow * self._random.uniform(0.8, 1.2)))
            strain = max(0.0, (inflow - 22) / 60)
            met = round(offered * min(1.0, max(0.0, level - strain + self._random.uniform(-0.06, 0.06))))
            abandoned = round(offered * (0.03 + strain / 2))
            yield {
                "since": latest - (len(INFLOW) - 1 - number) * 1800, "offered": offered, "abandoned": abandoned,
                "answered": offered - abandoned, "service_level_met": met, "service_level_missed": offered - met,
            }  # fmt: skip

    def _figures(self, offered: int, abandoned: int, level: float) -> Json:
        answered, met = offered - abandoned, round(offered * level)
        counts = {
            "offered": offered,
            "answered": answered,
            "abandoned": abandoned,
            "service_level_met": met,
            "service_level_missed": offered - met,
        }
        return {
            "since": self.now() - 1800, "counts": counts, "abandon_rate": abandoned / offered,
            "within_rings_ratio": min(1.0, level + 0.06), "answer_rate": answered / offered,
        }  # fmt: skip

    # -- publishing ------------------------------------------------------------------------------------------------

    def _state(self, topic: str, kind: str, subject: str, data: Json) -> None:
        self.sequence += 1
        now = self.now()
        document = {
            "specversion": "1.0", "id": f"{self.epoch}-{self.sequence:020d}", "source": f"/ctibridge/{PBX}",
            "type": f"ctibridge.{kind}.v1", "subject": subject, "time": moment_text(now),
            "recordedtime": moment_text(now), "sequence": f"{self.sequence:020d}", "prevsequence": f"{0:020d}",
            "epoch": self.epoch, "origin": "ami", "data": data,
        }  # fmt: skip
        self._publish(topic, json.dumps(document).encode())

    def _publish(self, topic: str, payload: bytes) -> None:
        self._client.publish(topic, payload, qos=1, retain=True)
