"""What a SIGHUP changes, and what it does not."""

import logging
from pathlib import Path

import msgspec
from structlog.testing import capture_logs

from ctibridge.app.clock import BridgeClock
from ctibridge.app.config import Configuration, load
from ctibridge.app.daemon import Daemon
from ctibridge.app.reload import Reloader
from ctibridge.domain.changes import AgentLimitExceeded, QueueUpdated
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.events import (
    MemberListed,
    MemberPaused,
    MemberRecord,
    QueueListed,
    ResyncCompleted,
    ResyncStarted,
)
from ctibridge.domain.policy import PauseReason, Policy, QueueOverrides, QueuePolicy, Team
from ctibridge.domain.units import Interface, QueueName, Seconds, Timestamp

SECRET = {"CTIBRIDGE_PBX__0__SECRET": "x"}
START = Timestamp(1_700_000_000)
MEMBER = MemberRecord(
    queue=QueueName("sales"),
    interface=Interface("PJSIP/1001"),
    state_interface=Interface("PJSIP/1001"),
    name="Ann",
    membership="static",
)


class Site:
    """A daemon that does not run, and the file it was configured by."""

    def __init__(self, path: Path) -> None:
        self.path = path / "site.toml"
        self.write("")
        daemon = Daemon(self.read(), clock=BridgeClock())
        self.bridge = daemon.bridges[0]
        self.reloader = Reloader(self.read(), self.read, daemon.bridges, daemon.overview)
        self.daemon = daemon

    def read(self) -> Configuration:
        return load(self.path, SECRET)

    def write(self, text: str) -> None:
        self.path.write_text(text, encoding="utf-8")

    def reload(self, text: str) -> list[tuple[str, str]]:
        self.write(text)
        with capture_logs() as lines:
            self.reloader.reload()
        return [(line["log_level"], line["event"]) for line in lines]


def test_rules_and_names_take_effect_at_once(tmp_path: Path) -> None:
    site = Site(tmp_path)
    said = site.reload(
        '[queues.sales]\nlate_answer = 7\n[[pause_reasons]]\ncode = "tea"\nlabel = "Tea"\nlabel_zh = "茶歇"'
    )
    assert said == [("info", "configuration reloaded")]
    assert site.bridge.policy.queue("sales").late_answer == 7.0
    assert site.daemon.overview.reason_label("TEA", "zh") == "茶歇"


def test_the_log_level_takes_effect_at_once(tmp_path: Path) -> None:
    Site(tmp_path).reload('[log]\nlevel = "debug"')
    assert logging.getLogger("ctibridge").level == logging.DEBUG


def test_a_bad_file_changes_nothing_and_is_told_line_by_line(tmp_path: Path) -> None:
    site = Site(tmp_path)
    before = site.bridge.policy
    said = site.reload("[defaults]\nlate_answer = 7\nrings = 0\n[http]\nprot = 1")
    assert said == [("error", "configuration not reloaded, the old one goes on")] * 2
    assert site.bridge.policy is before


def test_what_needs_a_restart_is_said_and_left_alone(tmp_path: Path) -> None:
    site = Site(tmp_path)
    said = site.reload("[http]\nport = 1\n[defaults]\nlate_answer = 7")
    assert said == [("info", "configuration reloaded"), ("warning", "these changes need a restart")]
    assert site.reloader.configuration.http.port == 8080
    assert site.bridge.policy.defaults.late_answer == 7.0


def test_nothing_changed_is_nothing_done(tmp_path: Path) -> None:
    site = Site(tmp_path)
    before = site.bridge.policy
    assert site.reload("# only a comment") == [("info", "configuration reloaded")]
    assert site.bridge.policy is before


def center(policy: Policy) -> ContactCenter:
    """A queue with one agent, who is away since ``START``."""
    made = ContactCenter(policy)
    for event in (
        ResyncStarted(),
        QueueListed(queue=QueueName("sales")),
        MemberListed(member=MEMBER),
        ResyncCompleted(channels_listed=True),
        MemberPaused(member=msgspec.structs.replace(MEMBER, is_paused=True, pause_reason="away")),
    ):
        made.apply(event, START)
    return made


def limited(seconds: float) -> Policy:
    return Policy(pause_reasons=(PauseReason(code="away", limit=Seconds(seconds)),))


def test_a_queue_is_published_with_its_new_label_and_threshold() -> None:
    rules = Policy(defaults=QueuePolicy(service_level_threshold=30), queues={"sales": QueueOverrides(label="销售")})
    changes = center(Policy()).adopt(rules, START)
    [queue] = [change.queue for change in changes if isinstance(change, QueueUpdated)]
    assert (queue.label, queue.service_level.threshold_seconds) == ("销售", 30)


def test_an_agent_joins_the_team_that_the_new_rules_say() -> None:
    made = center(Policy())
    made.adopt(Policy(teams=(Team(name="early", agents=("1001",)),)), START)
    assert [agent.view.team for agent in made.snapshot(START).agents] == ["early"]


def test_a_shorter_limit_holds_for_the_pause_that_is_going_on() -> None:
    made = center(limited(300))
    made.adopt(limited(60), Timestamp(START + 10))
    changes = made.advance(Timestamp(START + 61))
    assert [change.at - START for change in changes if isinstance(change, AgentLimitExceeded)] == [60]


def test_a_longer_limit_holds_for_the_pause_that_is_going_on() -> None:
    made = center(limited(60))
    made.adopt(limited(300), Timestamp(START + 10))
    assert not any(isinstance(change, AgentLimitExceeded) for change in made.advance(Timestamp(START + 100)))
    changes = made.advance(Timestamp(START + 301))
    assert [change.at - START for change in changes if isinstance(change, AgentLimitExceeded)] == [300]


def test_a_pause_whose_reason_had_no_limit_gets_one() -> None:
    made = center(Policy(pause_reasons=(PauseReason(code="away"),)))
    made.adopt(limited(60), Timestamp(START + 10))
    assert any(isinstance(change, AgentLimitExceeded) for change in made.advance(Timestamp(START + 61)))
