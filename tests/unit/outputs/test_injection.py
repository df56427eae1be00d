"""Names that outsiders choose, in every output: shown as what they are, and never obeyed."""

import json
import re
from html.parser import HTMLParser
from typing import Final

import msgspec
import pytest

from ctibridge.asterisk.actions import ALLOWED, DOING, check_action
from ctibridge.asterisk.errors import AmiActionError
from ctibridge.domain import changes
from ctibridge.domain.changes import Change, Origin
from ctibridge.domain.events import Caller
from ctibridge.domain.journal import Entry, Journal
from ctibridge.domain.privacy import PrivacySettings
from ctibridge.domain.units import QueueName, Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.prometheus.labels import Labels
from ctibridge.outputs.web.status_page import status_page
from ctibridge.outputs.web.words import words
from tests.unit.outputs.facts import AT, agent_on_call, agent_view, queue_view
from tests.unit.outputs.web.shown import Shown, picture

HOSTILE: Final = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' OR 1=1; DROP TABLE calls; --",
    "a\r\nAction: Originate\r\nChannel: Local/1@x\r\n\r\n",
    "../../../etc/passwd",
    "+/#",
    "$SYS/broker",
    "{{7*7}}${7*7}%s%n{0}",
    "\x00\x1b[2J\x07",
    "\u202etxt.exe\u2066",
    '"} 1\nctibridge_ami_connected{pbx="x"} 0\n# ',
    "\ud800",
    "=HYPERLINK(1)",
    "x" * 5000,
)
EVERY: Final = pytest.mark.parametrize("name", HOSTILE)
LEVEL: Final = re.compile(r"[A-Za-z0-9_~-]+")


class Tags(HTMLParser):
    """Elements and attributes of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag} | {f"{tag}.{name}" for name, _ in attrs}


def page_of(name: str) -> str:
    queue = msgspec.structs.replace(queue_view(), queue=QueueName(name), label=name)
    agent = msgspec.structs.replace(agent_on_call(), agent=name, name=name, reason=name, reason_label=name)
    return status_page(Shown({name: picture(queues=[queue], agents=[agent])}), words("en"))


@EVERY
def test_a_page_has_no_element_and_no_attribute_more(name: str) -> None:
    assert Tags(page_of(name)).seen == Tags(page_of("plain")).seen


@EVERY
def test_a_topic_has_no_level_more_and_a_payload_is_json(name: str) -> None:
    queue = msgspec.structs.replace(queue_view(waiting=1), queue=QueueName(name), label=name)
    agent = agent_view(agent=name, name=name)
    told: list[Change] = [
        changes.QueueUpdated(at=Timestamp(AT), origin=Origin.AMI, queue=queue),
        changes.AgentUpdated(at=Timestamp(AT), origin=Origin.AMI, agent=agent),
    ]
    entries: list[Entry] = Journal(epoch=1).enter(told, Timestamp(AT))
    messages = Announcer(pbx=name, base="ctibridge/v1", privacy=PrivacySettings()).announce(entries)

    assert messages
    for message in messages:
        base, version, *levels = message.topic.split("/")
        assert (base, version, len(levels)) == ("ctibridge", "v1", 4)
        assert all(LEVEL.fullmatch(level) for level in levels)
        json.loads(message.payload)


@EVERY
def test_a_label_is_one_line_and_short(name: str) -> None:
    text = Labels(("queue",), (name,)).text

    assert "\n" not in text
    assert len(text) < 300
    assert re.fullmatch(r'\{queue="(?:[^"\\\n]|\\\\|\\"|\\n)*"\}', text)


@EVERY
@pytest.mark.parametrize("action", sorted(DOING))
def test_no_name_becomes_another_action(name: str, action: str) -> None:
    """Either it fits where it stands, on one line, or nothing is sent."""
    for header in DOING[action]:
        try:
            check_action({"Action": action, header: name})
        except AmiActionError:
            continue
        pytest.fail(f"{action} was sent with nothing but {header}")
    with pytest.raises(AmiActionError):
        check_action({"Action": name})
    with pytest.raises(AmiActionError):
        check_action({"Action": "Ping", "ActionID": "1\r\n" + name})


def test_what_may_be_sent_is_a_short_list() -> None:
    assert not {"Command", "Setvar", "UpdateConfig", "GetConfig", "ModuleLoad", "Reload", "QueueReset"} & ALLOWED


def test_a_caller_who_is_a_script_is_masked_like_any_other() -> None:
    queue = queue_view(waiting=1)
    caller = msgspec.structs.replace(queue.callers[0], caller=Caller(number="<b>987654</b>", name="<i>x"))
    view = msgspec.structs.replace(queue, callers=(caller,))
    told: list[Change] = [changes.QueueUpdated(at=Timestamp(AT), origin=Origin.AMI, queue=view)]
    entries = Journal(epoch=1).enter(told, Timestamp(AT))
    [state, *_] = Announcer(pbx="p", base="b", privacy=PrivacySettings()).announce(entries)

    assert b"987654" not in state.payload
    assert b"<" not in state.payload
