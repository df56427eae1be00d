"""Holds what is known against the rules: after each event, of whatever it touched, and when time alone decides.

While the feed is lost nothing is judged: an alarm that fires goes on firing, as it was told last, and none is raised.
The next full picture has everything judged anew; the time in between counts neither as broken nor as kept.  Figures of
calls wait for queue_log too, where it has still to tell of the gap.

Only what an event touched is looked at, so the cost of an event does not grow with the number of queues or agents.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import get_args

import msgspec

from ctibridge.domain.absences import Absences, Group
from ctibridge.domain.agent import Agent
from ctibridge.domain.alarm_teller import Teller
from ctibridge.domain.events import AlarmAcknowledgement
from ctibridge.domain.floor import PIECE, Floor
from ctibridge.domain.measures import NOTHING, REASON_SETTINGS, QueueNow, Reading, Subject
from ctibridge.domain.queue import Queue
from ctibridge.domain.rules import Rule
from ctibridge.domain.units import QueueKey, Seconds, Timestamp, queue_key
from ctibridge.domain.views import Alarm
from ctibridge.domain.watch import Breaker, Step, Watch, is_worth_watching

Read = Callable[[Rule], Reading | None]


class WatchMemory(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that is broken, or was until just now."""

    rule: str
    breaker: Breaker
    alarm: Alarm | None
    bad_since: Timestamp | None
    good_since: Timestamp | None
    said_at: Timestamp = Timestamp(0)


class Alarms:
    """Raises and resolves."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._teller = Teller(floor)
        self._watches: dict[str, Watch] = {}
        """What is broken, or will be by time alone, by the alarm's id."""
        self._looks: dict[str, Timestamp] = {}
        """When time alone changes something for a watch."""
        self._due: dict[str, None] = {}
        """Watches whose time has come."""
        self._absences = Absences()
        self._groups: dict[Group, None] = {}
        """Groups of absent people to look at."""
        self._is_blind, self._blind_since = True, floor.gap_since
        self._awaits_log = False
        self._orphans: list[WatchMemory] = []
        """What an earlier run remembered of rules that are gone."""
        self._rules: Mapping[str, Rule] = {}
        self._rules_of: Mapping[Subject, tuple[Rule, ...]] = {}
        self._closed: frozenset[str] = frozenset()
        """Rules outside whose hours it is now."""
        self._opens_at = Timestamp(0)
        self._of_queue: dict[tuple[QueueKey, bool], tuple[Rule, ...]] = {}
        self._take_rules()

    # -- what is asked of it ------------------------------------------------------------------------------------------

    def firing(self) -> tuple[Alarm, ...]:
        """The alarms, oldest first."""
        alarms = [watch.alarm for watch in self._watches.values() if watch.alarm is not None]
        return tuple(sorted(alarms, key=lambda alarm: (alarm.since, alarm.alert)))

    def on_acknowledged(self, event: AlarmAcknowledgement) -> None:
        """Somebody took note of an alarm; of one that does not fire there is nothing to note."""
        watch = self._watches.get(event.alert)
        if watch is not None and watch.acknowledge(event.by, self._floor.now) and watch.alarm is not None:
            self._teller.acknowledged(watch.alarm)

    def adopt(self) -> None:
        """Other rules hold: what fires by a rule that is gone ends, all else is judged anew."""
        self._take_rules()
        for alert, watch in list(self._watches.items()):
            rule = self._rules.get(watch.rule.name)
            watch.breaker = self._now_in_team(watch.breaker)
            if rule is None or not watch.breaker.is_meant_by(rule):
                self._drop(alert, watch)
            else:
                watch.rule = rule
        self._keep_hours()

    def set_clock(self, by: Seconds) -> None:
        """The PBX's clock was set by so much."""
        for watch in self._watches.values():
            watch.set_clock(by)
        self._looks.clear()
        self._keep_hours()

    def memory(self) -> tuple[WatchMemory, ...]:
        """What a later run goes on from."""
        kept = (
            WatchMemory(
                rule=watch.rule.name,
                breaker=watch.breaker,
                alarm=watch.alarm,
                bad_since=watch.bad_since,
                good_since=watch.good_since,
                said_at=watch.said_at,
            )
            for watch in self._watches.values()
            if watch.alarm is not None or watch.bad_since is not None
        )
        return (*self._orphans, *kept)

    def restore(self, memories: Iterable[WatchMemory]) -> None:
        """Go on where an earlier run stopped: blind until the first picture."""
        self._blind_since = self._floor.gap_since
        for memory in memories:
            rule, breaker = self._rules.get(memory.rule), self._now_in_team(memory.breaker)
            if rule is None or not breaker.is_meant_by(rule):
                self._orphans.append(memory)
                continue
            watch = Watch(rule, breaker)
            watch.alarm, watch.bad_since, watch.good_since = memory.alarm, memory.bad_since, memory.good_since
            watch.said_at = memory.said_at
            self._watches[watch.alert] = watch

    def judge(self) -> None:
        """Look at everything that was touched since the last time, and at what is due."""
        for _ in self.judging():
            pass

    def judging(self) -> Iterator[None]:
        """The same, a piece at a time; nothing may be taken in between two pieces."""
        floor = self._floor
        if not floor.is_synced:
            self._go_blind()
        else:
            if self._is_blind:
                self._see_again()
            yield from self._judging_touched()
        for touched in (floor.agents_to_judge, floor.queues_to_judge, floor.stats_to_judge):
            touched.clear()
        self._due.clear()

    # -- gaps and rules -----------------------------------------------------------------------------------------------

    def _go_blind(self) -> None:
        if not self._is_blind:
            self._is_blind, self._blind_since = True, self._floor.gap_since

    def _see_again(self) -> None:
        """All is judged anew; after a restart outputs have to be told again of what fires."""
        floor, since = self._floor, self._blind_since
        self._is_blind, self._blind_since = False, None
        for alarm in [orphan.alarm for orphan in self._orphans if orphan.alarm is not None]:
            self._teller.resolved(alarm)
        self._orphans.clear()
        for alert, watch in list(self._watches.items()):
            if self._is_gone(watch.breaker):
                self._drop(alert, watch)
                continue
            watch.skip(Seconds(max(0.0, floor.now - since)) if since is not None else Seconds(0))
            if watch.alarm is not None:
                self._teller.told(watch.alarm)
        self._absences.clear()
        self._keep_hours()

    def _take_rules(self) -> None:
        self._rules = {rule.name: rule for rule in self._floor.policy.rules}
        self._rules_of = {
            subject: tuple(rule for rule in self._rules.values() if rule.measure.subject == subject)
            for subject in get_args(Subject)
        }
        self._of_queue.clear()

    def _keep_hours(self) -> None:
        """See which rules hold now, look at everything, and again when that may change."""
        floor, zone = self._floor, self._floor.policy.timezone
        timed = {name: hours for name, rule in self._rules.items() if (hours := rule.open_hours) is not None}
        self._closed = frozenset(name for name, hours in timed.items() if not hours.is_open(floor.now, zone))
        if timed:
            edge = self._opens_at = min(hours.next_edge(floor.now, zone) for hours in timed.values())
            floor.agenda.at(edge, lambda _now: self._keep_hours() if self._opens_at == edge else None)
        self._touch_all()

    def _touch_all(self) -> None:
        floor = self._floor
        for queue in floor.queues.values():
            queue.judged = None
        floor.queues_to_judge.update(dict.fromkeys(floor.queues))
        floor.stats_to_judge.update(dict.fromkeys(floor.queues))
        floor.agents_to_judge.update(dict.fromkeys(floor.agents))
        self._groups.update(dict.fromkeys(self._absences.groups()))
        breakers = [watch.breaker for watch in self._watches.values()]
        self._groups.update({Group(b.team or "", b.reason): None for b in breakers if b.reason is not None})

    def _now_in_team(self, breaker: Breaker) -> Breaker:
        if breaker.agent is None:
            return breaker
        return msgspec.structs.replace(breaker, team=self._floor.policy.team_of(breaker.agent))

    def _is_gone(self, breaker: Breaker) -> bool:
        is_queue_gone = breaker.queue is not None and queue_key(breaker.queue) not in self._floor.queues
        return is_queue_gone or (breaker.agent is not None and breaker.agent not in self._floor.agents)

    # -- judging ------------------------------------------------------------------------------------------------------

    def _judging_touched(self) -> Iterator[None]:
        floor = self._floor
        awaited, self._awaits_log = self._awaits_log, floor.recover_until is not None
        if awaited and not self._awaits_log:
            floor.stats_to_judge.update(dict.fromkeys(floor.queues))
        for key in list(floor.queues_to_judge):
            self._judge_queue(key, is_of_calls=False)
            yield
        for key in list(floor.stats_to_judge) if not self._awaits_log else ():
            self._judge_queue(key, is_of_calls=True)
            yield
        for number, agent_id in enumerate(list(floor.agents_to_judge), 1):
            agent = floor.agents.get(agent_id)
            if agent is not None:
                self._judge_agent(agent)
            if number % PIECE == 0:
                yield
        for group in self._groups:
            self._judge_group(group)
        self._groups.clear()
        for alert in list(self._due):
            self._judge_due(alert)

    def _judge_queue(self, key: QueueKey, *, is_of_calls: bool) -> None:
        queue = self._floor.queues.get(key)
        if queue is None:
            self._drop_queue(key)
            return
        if not is_of_calls and queue.judged is queue.published:
            return  # What these rules read is in the view.
        if not is_of_calls:
            queue.judged = queue.published
        breaker = Breaker(queue=queue.name)
        read = self._reader_of(queue)
        for rule in self._rules_for(queue, is_of_calls=is_of_calls):
            self._look(rule, breaker, read(rule))

    def _rules_for(self, queue: Queue, *, is_of_calls: bool) -> tuple[Rule, ...]:
        place = (queue.key, is_of_calls)
        if place not in self._of_queue:
            self._of_queue[place] = tuple(
                rule
                for rule in self._rules_of["queue"]
                if rule.measure.is_of_calls is is_of_calls and rule.is_for_queue(queue.name)
            )
        return self._of_queue[place]

    def _judge_agent(self, agent: Agent) -> None:
        floor = self._floor
        breaker = Breaker(agent=agent.id, team=agent.team)
        for rule in self._rules_of["agent"]:
            if rule.is_for_team(agent.team):
                self._look(rule, breaker, rule.measure.read(agent, floor.policy))
        self._groups.update(dict.fromkeys(self._absences.note(agent, floor.policy)))

    def _judge_group(self, group: Group) -> None:
        breaker = Breaker(team=group.team, reason=group.reason)
        for rule in self._rules_of["team"]:
            if rule.is_for_team(group.team):
                self._look(rule, breaker, self._read_group(rule, group))

    def _judge_due(self, alert: str) -> None:
        """Time alone has come to where it changes something for one rule."""
        watch = self._watches.get(alert)
        if watch is None:
            return
        rule, breaker, floor = watch.rule, watch.breaker, self._floor
        if breaker.queue is not None:
            queue = floor.queues.get(queue_key(breaker.queue))
            awaits_log = rule.measure.is_of_calls and self._awaits_log
            reading = self._reader_of(queue)(rule) if queue is not None and not awaits_log else None
        elif breaker.agent is not None:
            agent = floor.agents.get(breaker.agent)
            reading = rule.measure.read(agent, floor.policy) if agent is not None else None
        else:
            reading = self._read_group(rule, Group(breaker.team or "", breaker.reason or ""))
        self._look(rule, breaker, reading)

    def _reader_of(self, queue: Queue) -> Read:
        now, view = self._floor.now, queue.published
        known: dict[str | None, QueueNow] = {}

        def read(rule: Rule) -> Reading | None:
            if view is None:
                return None
            if rule.window not in known:
                known[rule.window] = QueueNow(view=view, tally=queue.totals.tally(rule.window, now), hour=queue.hour)
            return rule.measure.read(known[rule.window])

        return read

    def _read_group(self, rule: Rule, group: Group) -> Reading | None:
        reason = self._floor.policy.pause_reason(group.reason)
        limit = reason.max_at_once if reason is not None else 0
        return rule.measure.read(self._absences.count(group) if limit else 0, limit, group.reason)

    def _look(self, rule: Rule, breaker: Breaker, reading: Reading | None) -> None:
        """Hold a reading against a rule; one that is not known changes nothing."""
        if rule.name in self._closed:
            reading = NOTHING
        if reading is None:
            return
        alert = breaker.alert(rule)
        watch = self._watches.get(alert)
        threshold = self._threshold(rule, breaker, reading)
        if watch is None:
            if not is_worth_watching(rule, reading, threshold):
                return
            watch = Watch(rule, breaker)
        step = watch.judge(reading, threshold, self._floor.now)
        if watch.is_idle:
            self._watches.pop(alert, None)
        else:
            self._watches[alert] = watch
        if watch.next_look is not None:
            self._look_again(alert, watch.next_look)
        if step is Step.RESOLVED:
            self._watches.pop(alert, None)
        if step is not None:
            self._teller.tell(step, watch, reading)
        if step is Step.RESOLVED:
            self._look(rule, breaker, reading)  # Time alone may break the rule again.

    def _threshold(self, rule: Rule, breaker: Breaker, reading: Reading) -> float:
        if isinstance(rule.threshold, float | int):
            return rule.threshold
        if rule.threshold in REASON_SETTINGS:
            return reading.limit or 0.0
        policy, queue = self._floor.policy, breaker.queue or reading.queue
        return float(getattr(policy.queue(queue) if queue is not None else policy.defaults, rule.threshold))

    def _look_again(self, alert: str, when: Timestamp) -> None:
        """One deadline is enough for each watch: whatever comes later is set when this one has come."""
        pending = self._looks.get(alert)
        if pending is None or not self._floor.now < pending <= when:
            self._looks[alert] = when
            self._floor.agenda.at(when, lambda _now: self._on_due(alert, when))

    def _on_due(self, alert: str, when: Timestamp) -> None:
        if self._looks.get(alert) == when:
            del self._looks[alert]
            self._due[alert] = None

    # -- ends ---------------------------------------------------------------------------------------------------------

    def _drop(self, alert: str, watch: Watch) -> None:
        self._watches.pop(alert, None)
        if watch.alarm is not None:
            self._teller.resolved(watch.alarm)

    def _drop_queue(self, key: QueueKey) -> None:
        for alert, watch in list(self._watches.items()):
            if watch.breaker.queue is not None and queue_key(watch.breaker.queue) == key:
                self._drop(alert, watch)
