"""What evidently does not reach us though it should: classes that ``read=`` lacks, events that the PBX hides, names.

Nothing says what an AMI user may see, so each finding rests on two things of which Asterisk never tells one without the
other.
"""

from collections.abc import Iterator
from typing import Final

from ctibridge.asterisk.access import NEEDED_CLASSES, unseen_classes
from ctibridge.asterisk.counts import AmiCounts
from ctibridge.domain.events import CallerListed, Event, MemberListed

MARGIN: Final = 1.0
"""Seconds by which a caller must have joined after our login: a wait is told in whole seconds."""
LEFT: Final = "QueueCallerLeave"
REPLACED: Final = "\ufffd"
"""Stands for what is not UTF-8."""


class Withheld:
    """Watches one connection after the other."""

    def __init__(self, counts: AmiCounts) -> None:
        self._counts = counts
        self._has_missed_a_join = False
        self._unreadable: dict[str, str] = {}
        self._left_before = 0
        self._older: set[str] = set()
        """Callers of this connection who came before it: of their beginning nothing can have been told."""

    def begin(self) -> None:
        """A connection begins: what was told on the one before says nothing of what this one tells."""
        self._left_before = self._counts.events[LEFT]
        self._older.clear()

    def note(self, event: Event, *, logged_in_for: float, classes: set[str]) -> None:
        """Take note of one item of a full picture."""
        match event:
            case CallerListed() if event.wait + MARGIN < logged_in_for and "agent" not in classes:
                self._has_missed_a_join = True
            case CallerListed() if event.wait + MARGIN >= logged_in_for:
                self._older.add(event.call)
            case MemberListed() if REPLACED in event.member.name or REPLACED in (event.member.pause_reason or ""):
                self._unreadable.setdefault(event.member.interface, event.member.name)

    def classes(self, seen: set[str]) -> tuple[str, ...]:
        """Classes of ``read=`` whose events should have come and did not."""
        left = self._counts.events[LEFT] - self._left_before
        missing = unseen_classes(seen, has_logged_in=self._counts.connects > 0, has_seen_a_stay=left > len(self._older))
        return (*(("agent",) if self._has_missed_a_join and "agent" not in seen else ()), *missing)

    def findings(self, seen: set[str]) -> tuple[str, ...]:
        """All that is missing, a sentence each."""
        return tuple(self._findings(seen))

    def unreadable_members(self) -> dict[str, str]:
        """Interface and name of members whose name or pause reason is not UTF-8: events lack them (T41)."""
        return dict(self._unreadable)

    def _findings(self, seen: set[str]) -> Iterator[str]:
        for name in self.classes(seen):
            yield f'read= lacks "{name}": {NEEDED_CLASSES[name]}'
        # app_queue sets ABANDONED or QUEUESTATUS at every QueueCallerAbandon.
        if "dialplan" in seen and self._counts.events["QueueCallerAbandon"] and not self._counts.events["VarSet"]:
            yield "VarSet is hidden, by disabledevents or a filter in manager.conf: time-outs count as abandons"
