"""Says what becomes of alarms: as events, as states, in the state of the queue, and as events of the queue."""

from typing import Final

import msgspec

from ctibridge.domain import changes as ch
from ctibridge.domain.floor import Floor
from ctibridge.domain.measures import Reading
from ctibridge.domain.queue import Queue
from ctibridge.domain.units import Seconds, queue_key
from ctibridge.domain.views import Alarm
from ctibridge.domain.watch import Step, Watch

SERVICE_LEVEL: Final = "service_level"
"""The metric whose alarms are events of the queue as well."""


class Teller:
    """Turns steps into changes."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def tell(self, step: Step, watch: Watch, reading: Reading) -> None:
        """A watch took a step."""
        floor, alarm = self._floor, watch.alarm
        if alarm is None:
            return
        match step:
            case Step.RAISED:
                floor.emit(ch.AlarmRaised(at=floor.now, origin=floor.origin, alarm=alarm))
                self.told(alarm)
            case Step.REPEATED:
                floor.emit(ch.AlarmRepeated(at=floor.now, origin=floor.origin, alarm=alarm))
                self.told(alarm)
            case Step.UPDATED:
                self.told(alarm)
            case Step.RESOLVED:
                self.resolved(alarm)
        if watch.rule.metric == SERVICE_LEVEL and step in (Step.RAISED, Step.RESOLVED):
            self._tell_level(step, watch, alarm, int(reading.calls or 0))

    def acknowledged(self, alarm: Alarm) -> None:
        """Somebody took note."""
        floor = self._floor
        floor.emit(ch.AlarmAcknowledged(at=floor.now, origin=floor.origin, alarm=alarm))
        self.told(alarm)

    def told(self, alarm: Alarm) -> None:
        """How an alarm stands that fires."""
        floor, queue = self._floor, self._queue(alarm)
        floor.emit(ch.AlarmUpdated(at=floor.now, origin=floor.origin, alarm=alarm))
        if queue is not None:
            queue.alarms[alarm.alert] = alarm
            floor.touch_queue(queue)

    def resolved(self, alarm: Alarm) -> None:
        """An alarm fires no more."""
        floor, queue = self._floor, self._queue(alarm)
        seconds = Seconds(max(0.0, floor.now - alarm.since))
        floor.emit(ch.AlarmResolved(at=floor.now, origin=floor.origin, alarm=alarm, seconds=seconds))
        if queue is not None:
            queue.alarms.pop(alarm.alert, None)
            floor.touch_queue(queue)

    def _tell_level(self, step: Step, watch: Watch, alarm: Alarm, calls: int) -> None:
        floor, queue = self._floor, self._queue(alarm)
        if queue is None or watch.rule.window is None:
            return
        breached = ch.QueueServiceLevelBreached(
            at=floor.now,
            origin=floor.origin,
            queue=queue.name,
            window=watch.rule.window,
            value=alarm.value,
            calls=calls,
            target_ratio=alarm.threshold or 0.0,
            threshold_seconds=queue.policy.service_level_threshold,
        )
        if step is Step.RAISED:
            floor.emit(breached)
            return
        seconds = Seconds(max(0.0, floor.now - alarm.since))
        floor.emit(ch.QueueServiceLevelRestored(**msgspec.structs.asdict(breached), seconds=seconds))

    def _queue(self, alarm: Alarm) -> Queue | None:
        return self._floor.queues.get(queue_key(alarm.queue)) if alarm.queue is not None else None
