"""The broker's access list (mosquitto's ``acl_file``) for the bridge and its users: who may read and write which topic.

Everything is named, and nothing is denied by a rule: what no line grants is refused.  mosquitto grants a subscription
that it then never delivers, and answers a publish with reason code 0x87 (MQTT 5).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from ctibridge.domain.permits import allowed
from ctibridge.domain.roles import Role, User
from ctibridge.domain.rules import Rule
from ctibridge.domain.sight import Sight
from ctibridge.outputs.mqtt.topics import escape

WRITTEN: Final = ("status", "info", "event/#", "rsp/#")
"""What the bridge writes and never reads; ``check`` is where ``ctibridge check`` tries whether it may."""
KEPT: Final = ("agent/#", "queue/#", "alert/#", "check")
"""What it reads as well, to clear away what no longer exists, or to see whether it came."""
PUBLIC: Final = ("status", "info")
"""For everybody who may look at all."""
FIGURES: Final = ("board", "stats", "curve")
"""Of a queue, without names and numbers."""
WATCHING: Final = ("agent/#", "alert/#", "event/#")
"""For those who see everybody."""
LEADING: Final = ("event/queue/+", "event/bridge/+")
"""Events that name no agent and no caller."""
PRIVATE: Final = "private"


class BridgeUser(msgspec.Struct, frozen=True, kw_only=True):
    """The bridge's own user at a broker."""

    name: str
    base: str
    has_private: bool = False
    """It publishes unmasked copies."""


class Grounds(msgspec.Struct, frozen=True, kw_only=True):
    """What an access list is made from."""

    bridges: Sequence[BridgeUser]
    users: Sequence[tuple[User, Sight]]
    pbxs: Sequence[str]
    queues: Sequence[str]
    """Queues that the configuration names; there may be others."""
    reasons: Sequence[str]
    """Codes of pause reasons."""
    rules: Sequence[Rule]


HEAD: Final = """\
# Who may read and write what; written by `ctibridge acl` from [[users]] and [[teams]].  Change those, not this file.
# Passwords are in a file of their own: mosquitto_passwd FILE USER
"""


def access_list(grounds: Grounds) -> str:
    """The file's text."""
    parts = [HEAD]
    for name in dict.fromkeys(bridge.name for bridge in grounds.bridges):
        own = [bridge for bridge in grounds.bridges if bridge.name == name]
        lines = (line for bridge in own for line in _bridge(bridge, grounds.pbxs))
        parts.append(_section(name, "the bridge", lines))
    bases = list(dict.fromkeys(bridge.base for bridge in grounds.bridges))
    for user, sight in grounds.users:
        roots = [f"{base}/{escape(pbx)}" for base in bases for pbx in grounds.pbxs if sight.has_pbx(pbx)]
        parts.append(_section(user.name, user.role.label.lower(), _user(user, sight, grounds, roots)))
    return "\n".join(parts)


def _section(name: str, what: str, lines: Iterable[str]) -> str:
    return "\n".join((f"# {name}: {what}", f"user {name}", *dict.fromkeys(lines), ""))


def _bridge(bridge: BridgeUser, pbxs: Iterable[str]) -> Iterator[str]:
    for pbx in pbxs:
        root = f"{bridge.base}/{escape(pbx)}"
        yield from (f"topic write {root}/{topic}" for topic in WRITTEN)
        yield from (f"topic readwrite {root}/{topic}" for topic in KEPT)
        yield from (f"topic read {root}/{topic}" for topic in (*PUBLIC, "cmd/#"))
        if bridge.has_private:
            yield f"topic readwrite {root}/{PRIVATE}/#"


def _user(user: User, sight: Sight, grounds: Grounds, roots: Iterable[str]) -> Iterator[str]:
    for root in roots:
        for topic in _readable(user, sight, grounds):
            yield f"topic read {root}/{topic}"
        if sight.is_private:
            for topic in _private(user, sight):
                yield f"topic read {root}/{PRIVATE}/{topic}"
        for command in allowed(user.role):
            yield f"topic write {root}/cmd/{user.name}/{command}"
        yield f"topic read {root}/rsp/{user.name}/#"


def _readable(user: User, sight: Sight, grounds: Grounds) -> Iterator[str]:
    """Topics below the root of a PBX."""
    yield from PUBLIC
    whole = user.role is Role.DISPLAY or sight.has_callers
    for queue in _queues(user):
        yield from (f"queue/{queue}/#",) if whole else (f"queue/{queue}/{figures}" for figures in FIGURES)
    if sight.is_whole:
        yield from WATCHING
        return
    if sight.agents is None:  # Everybody, but not every queue; events would tell of the others.
        yield "agent/#"
    else:
        yield from (f"agent/{escape(agent)}/state" for agent in sorted(sight.agents))
    if sight.has_callers:
        yield from LEADING if sight.queues is None else ("event/bridge/+",)
    if user.role.is_person:
        yield from (f"alert/{escape(alert)}" for alert in _alerts(user, sight, grounds))


def _queues(user: User) -> Sequence[str]:
    """Topic levels; unlike Asterisk a broker tells capital letters from small ones, so that spelling counts."""
    return [escape(queue) for queue in user.queues] or ("+",)


def _alerts(user: User, sight: Sight, grounds: Grounds) -> Iterator[str]:
    """Ids of all alarms that there can be about those who may be seen: a wildcard stands for a whole level only."""
    subjects: Mapping[str, Sequence[str]] = {
        "agent": sorted(sight.agents or ()),
        "team": [f"{team}/{reason}" for team in sorted(sight.teams or ()) for reason in grounds.reasons],
        "queue": (user.queues or grounds.queues) if sight.has_callers else (),
    }
    for rule in grounds.rules:
        for subject in subjects[rule.measure.subject]:
            yield f"{rule.name}:{subject}"


def _private(user: User, sight: Sight) -> Iterator[str]:
    if sight.is_whole:
        yield "#"
        return
    if sight.agents is None:
        yield "agent/#"
    else:
        yield from (f"agent/{escape(agent)}/state" for agent in sorted(sight.agents))
    if sight.has_callers:
        yield from (f"queue/{queue}/#" for queue in _queues(user))
