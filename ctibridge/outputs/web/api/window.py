"""From a picture to what is shown of it: callers masked unless told otherwise, moments in the site's time."""

from datetime import tzinfo

import msgspec

from ctibridge.domain.events import Caller
from ctibridge.domain.figures import Figures
from ctibridge.domain.picture import Picture, QueuePicture
from ctibridge.domain.privacy import PrivacySettings, masked
from ctibridge.domain.views import AgentView, Alarm, Leave, QueueAlarm, QueueView
from ctibridge.outputs.web.api import live
from ctibridge.outputs.web.api.moments import moment_or_none, moment_text


class Window:
    """One PBX's picture as it is shown."""

    def __init__(self, pbx: str, picture: Picture, zone: tzinfo, privacy: PrivacySettings | None) -> None:
        """Without `privacy` callers are shown as they are."""
        self.pbx = pbx
        self.picture = picture
        self.at = moment_text(picture.at, zone)
        self._zone = zone
        self._privacy = privacy

    def summary(self) -> live.PbxSummary:
        """In a few numbers."""
        picture = self.picture
        return live.PbxSummary(
            pbx=self.pbx,
            at=self.at,
            is_synced=picture.is_synced,
            queues=len(picture.queues),
            agents=len(picture.agents),
            waiting=sum(queue.view.waiting for queue in picture.queues),
        )

    def queues(self) -> list[live.Queue]:
        """All queues."""
        return [self.queue(one.view) for one in self.picture.queues]

    def agents(self) -> list[live.Agent]:
        """All agents."""
        return [self.agent(one.view) for one in self.picture.agents]

    def callers(self, queue: str | None) -> list[live.CallerInQueue]:
        """Who waits in one queue or in all."""
        everybody = [
            live.CallerInQueue(
                queue=one.view.queue,
                call=caller.call,
                position=caller.position,
                since=moment_text(caller.since, self._zone),
                caller=self._shown(caller.caller),
            )
            for one in self.picture.queues
            if queue in (None, one.view.queue)
            for caller in one.view.callers
        ]
        return sorted(everybody, key=lambda caller: (caller.since, caller.queue, caller.position))

    def alarms(self) -> list[live.AlarmNow]:
        """All that fire."""
        return [self._alarm(alarm) for alarm in self.picture.alarms]

    def _alarm(self, alarm: Alarm) -> live.AlarmNow:
        fields = msgspec.structs.asdict(alarm)
        since = moment_text(alarm.since, self._zone)
        return live.AlarmNow(
            **{**fields, "since": since, "acknowledged_at": moment_or_none(alarm.acknowledged_at, self._zone)}
        )

    def _queue_alarm(self, alarm: QueueAlarm) -> live.QueueAlarm:
        fields = msgspec.structs.asdict(alarm)
        return live.QueueAlarm(**{**fields, "since": moment_text(alarm.since, self._zone)})

    def queue(self, view: QueueView) -> live.Queue:
        """One queue."""
        return live.Queue(
            queue=view.queue,
            label=view.label,
            strategy=view.strategy,
            waiting=view.waiting,
            oldest_since=moment_or_none(view.oldest_since, self._zone),
            callers=[
                live.WaitingCaller(
                    call=one.call,
                    position=one.position,
                    since=moment_text(one.since, self._zone),
                    caller=self._shown(one.caller),
                )
                for one in view.callers
            ],
            members=view.members,
            service_level=view.service_level,
            alarms=[self._queue_alarm(alarm) for alarm in view.alarms],
        )

    def agent(self, view: AgentView) -> live.Agent:
        """One agent."""
        return live.Agent(
            agent=view.agent,
            name=view.name,
            team=view.team,
            interface=view.interface,
            state=view.state,
            since=moment_text(view.since, self._zone),
            reason=view.reason,
            reason_label=view.reason_label,
            limit=self._limit(view),
            presence=view.presence,
            activity=view.activity,
            call=self._call(view),
            queues={str(name): place for name, place in view.queues.items()},
            today=view.today,
            leave=self._leave(view.leave),
        )

    def queue_now(self, picture: QueuePicture) -> live.QueueNow:
        """One queue with its figures."""
        stats = picture.totals.stats(self.picture.at)
        return live.QueueNow(
            pbx=self.pbx,
            at=self.at,
            is_synced=self.picture.is_synced,
            queue=self.queue(picture.view),
            day=self._figures(stats.day),
            last_30_minutes=self._figures(stats.last_30_minutes),
        )

    def _shown(self, caller: Caller) -> Caller:
        return caller if self._privacy is None else masked(caller, self._privacy)

    def _figures(self, figures: Figures) -> live.FiguresSince:
        fields = msgspec.structs.asdict(figures)
        return live.FiguresSince(**{**fields, "since": moment_text(figures.since, self._zone)})

    def _limit(self, view: AgentView) -> live.Limit | None:
        limit = view.limit
        if limit is None:
            return None
        deadline = moment_text(limit.deadline, self._zone)
        return live.Limit(seconds=limit.seconds, deadline=deadline, stage=limit.stage, approved_by=limit.approved_by)

    def _leave(self, leave: Leave | None) -> live.Leave | None:
        if leave is None:
            return None
        return live.Leave(
            state=leave.state,
            reason=leave.reason,
            requested_at=moment_or_none(leave.requested_at, self._zone),
            expires_at=moment_or_none(leave.expires_at, self._zone),
            decided_by=leave.decided_by,
        )

    def _call(self, view: AgentView) -> live.AgentCall | None:
        call = view.call
        if call is None:
            return None
        caller = self._shown(call.caller)
        return live.AgentCall(
            call=call.call,
            queue=call.queue,
            caller=caller,
            since=moment_text(call.since, self._zone),
            joined_at=None if call.joined_at is None else moment_text(call.joined_at, self._zone),
        )
