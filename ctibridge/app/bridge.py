"""One PBX: its wire, its domain, and its outputs, put together."""

import gc

import msgspec

import ctibridge
from ctibridge.app.alarm_counts import AlarmCounts
from ctibridge.app.change_log import ChangeLog
from ctibridge.app.clock import BridgeClock, monotonic, wall
from ctibridge.app.commands.desk import Desk
from ctibridge.app.commands.enforcement import Enforcer
from ctibridge.app.commands.ground import Ground
from ctibridge.app.commands.phones import PhoneCodes
from ctibridge.app.commands.request import Request
from ctibridge.app.config import Configuration
from ctibridge.app.fanout import Fanout, Output
from ctibridge.app.history import Histories
from ctibridge.app.log_follower import LogFollower
from ctibridge.app.memory import Memory, Recollection
from ctibridge.app.pump import Pump
from ctibridge.app.queue_log_opening import source_of
from ctibridge.app.repair import Repair
from ctibridge.asterisk.client import AmiClient, AmiState
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.phone_codes import EVENTS
from ctibridge.asterisk.queue_log_source import AnyPosition
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.domain.answers import Answer
from ctibridge.domain.changes import Change, FeedInterrupted, Resynced
from ctibridge.domain.checkpoint import AgentMemory, Checkpoint
from ctibridge.domain.contact_center import ContactCenter
from ctibridge.domain.journal import Journal
from ctibridge.domain.ledger import NEAR
from ctibridge.domain.policy import Policy
from ctibridge.domain.retold import RETOLD_WITHIN, Retold, brought_forward
from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.announcer import Announcer
from ctibridge.outputs.mqtt.commands import CommandMessage
from ctibridge.outputs.mqtt.info import Info, site_info
from ctibridge.outputs.mqtt.publisher import MqttOutput
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.mqtt.status import Standing


class PbxBridge:
    """One PBX from AMI to the brokers; ``client``, ``pump`` and ``outputs`` each have a ``run``."""

    def __init__(
        self,
        ami: AmiSettings,
        configuration: Configuration,
        *,
        clock: BridgeClock,
        recollection: Recollection | None = None,
        histories: Histories | None = None,
    ) -> None:
        """Go on from ``recollection``; without one the numbers begin anew, under an epoch that grows with time."""
        self.name = ami.name
        self._configuration = configuration
        self._able: tuple[str, ...] = ()
        self.policy = configuration.policy()
        self.journal = recollection.journal() if recollection else Journal(epoch=int(clock.now()))
        self.outbox = recollection.outbox if recollection is not None else None
        """Where events are kept until every broker has them, if anywhere."""
        self.pbx_clock = PbxClock(wall, monotonic)
        self.outputs = _outputs(ami.name, configuration, self.policy, self.journal.epoch, clock, recollection)
        self.history = (
            histories.output(ami.name, self.policy, is_audited=lambda: self.is_audited, pbx_now=self.pbx_clock.now)
            if histories is not None
            else None
        )
        """What is kept for reports, if anything."""
        told: dict[str, Output] = {output.name: output for output in self.outputs}
        if self.outbox is not None:
            self.outbox.receivers = self.outputs
            self.outbox.on_problem = self._tell_standing
            told = {"outbox": self.outbox}
        fanout = Fanout(told | ({"history": self.history} if self.history is not None else {}))
        self._center = ContactCenter(self.policy)
        self.pump = Pump(self._center, self.journal, self.pbx_clock, clock, fanout.deliver)
        self.client = AmiClient(ami, self.pbx_clock, self.pump.offer, on_state=self._on_ami_state)
        self.client.is_full = self.pump.is_full
        self.pump.has_unread = self.client.has_unread
        source = source_of(ami, configuration.site.zone())
        self.log_follower = (
            LogFollower(ami.name, source, self.pbx_clock, self.pump.offer) if source is not None else None
        )
        self.is_synced = False
        """The domain has a full picture, and every event since."""
        self.alarm_counts = AlarmCounts()
        self.desk = Desk(
            Ground(
                ami.name,
                self.client,
                self.pbx_clock,
                picture=self.pump.picture,
                memberships=self._center.memberships,
                offer=self.pump.offer,
                policy=self.policy,
                settings=configuration.commands,
            ),
            configuration.users,
            privacy=configuration.privacy,
            clock=clock,
            numbers=lambda: (self.journal.epoch, self.journal.sequence),
        )
        """Where commands for this PBX come in."""
        self.enforcer = Enforcer(self.desk)
        self.phone_codes = PhoneCodes(self.desk)
        self.client.watchers.append((EVENTS, self.phone_codes.heard))
        for output in self.outputs:
            output.take_command = self._take_command
        self._change_log = ChangeLog(ami.name)
        self.pump.on_change = self._on_change
        self.pump.on_fault = Repair(self.client.request_resync, monotonic).after_fault
        self.pbx_clock.on_step = self.pump.set_clock
        self.desk.events = self.outbox
        self._told_after: int | None = None
        if recollection is not None:
            self._go_on(recollection)
        if self.history is not None and (recollection is None or recollection.memory is None):
            self.history.begin()

    def _go_on(self, recollection: Recollection) -> None:
        """Let nothing be told twice that an earlier run told, whatever is known of it otherwise."""
        agents: tuple[AgentMemory, ...] = ()
        if recollection.memory is not None:
            checkpoint = brought_forward(recollection.memory.checkpoint, recollection.told)
            agents = checkpoint.agents
            self._resume(recollection.memory, checkpoint)
        elif recollection.is_lost and self.log_follower is not None:
            self.log_follower.start_since(self.policy.day_of(self.pbx_clock.now())[0])
        self._told_after = recollection.told_after
        until = Timestamp(self.pbx_clock.now() + RETOLD_WITHIN)
        self.journal.retold = Retold(recollection.told, agents, until)

    def _resume(self, memory: Memory, checkpoint: Checkpoint) -> None:
        """Go on where an earlier run stopped; ``checkpoint`` is brought forward to what was told."""
        if self.log_follower is None or memory.position is None:  # Nobody will tell what queue_log says from there on.
            checkpoint = msgspec.structs.replace(checkpoint, audited_since=None)
        self._center.restore(checkpoint)
        if self.log_follower is not None:
            self.log_follower.start_from(memory.position)
        if self.history is not None:
            kept = memory.checkpoint.agents
            states = ((agent.id, agent.state, agent.reason, agent.since) for agent in kept)
            alarms = self._center.snapshot(checkpoint.at).alarms
            self.history.resume(checkpoint.at, _told_since(checkpoint), states, alarms)

    def adopt(self, configuration: Configuration) -> None:
        """Go by the rules of another configuration from now on, and tell the outputs."""
        self.policy = configuration.policy()
        self.pump.adopt(self.policy)
        self.desk.ground.policy = self.policy
        self.desk.adopt(configuration.users)
        if self.history is not None:
            self.history.adopt(self.policy)
        self._configuration = configuration
        self._tell_info()

    def _tell_info(self) -> None:
        """Tell the outputs what displays need to know, which commands work among it."""
        self._able = self.desk.able()
        for output, mqtt in zip(self.outputs, self._configuration.mqtt, strict=True):
            output.set_info(_info(self.name, self._configuration, self.policy, mqtt, self._able))

    @property
    def is_audited(self) -> bool:
        """True while queue_log is being read, and every figure held against it."""
        return self._center.is_audited

    async def rest(self) -> None:
        """Return when all that was read has been taken in."""
        await self.pump.rest()

    def memory(self) -> bytes | None:
        """All that a later run goes on from, encoded; ``None`` while nothing is known."""
        checkpoint = self.pump.checkpoint()
        return self._encoded(checkpoint, self._position()) if checkpoint is not None else None

    async def remember(self) -> bytes | None:
        """The same in steps, between which the loop turns; nothing is taken in meanwhile."""
        self.pump.finish()
        position = self._position()  # What queue_log tells from here on is not in the checkpoint.
        remembering = self.pump.remember(lambda checkpoint: self._encoded(checkpoint, position))
        return await remembering if remembering is not None else None

    def _position(self) -> AnyPosition | None:
        return self.log_follower.position if self.log_follower is not None else None

    def _encoded(self, checkpoint: Checkpoint, position: AnyPosition | None) -> bytes:
        told_after = self._told_after if self.journal.retold.is_waiting else None
        numbers = self.journal.numbers()
        return Memory(checkpoint=checkpoint, position=position, numbers=numbers, told_after=told_after).encoded()

    async def _take_command(self, message: CommandMessage) -> Answer:
        return await self.desk.handle(
            Request(
                user=message.user,
                command=message.command,
                payload=message.payload,
                via="mqtt",
                is_retained=message.is_retained,
                has_waited=message.has_waited,
            )
        )

    def _on_ami_state(self, _: AmiState) -> None:
        if self.desk.able() != self._able:
            self._tell_info()
        self._tell_standing()

    def _on_change(self, change: Change) -> None:
        self._change_log.note(change)
        self.desk.ground.note(change)
        self.enforcer.note(change)
        self.alarm_counts.note(change)
        if isinstance(change, Resynced | FeedInterrupted):
            self.is_synced = isinstance(change, Resynced)
            self._tell_standing()
        if isinstance(change, Resynced) and change.is_first:
            gc.freeze()  # To look for garbage among ten thousand agents would hold up everything for long.

    def _tell_standing(self) -> None:
        """Tell the outputs; ``online`` only after the domain has worked through the full picture."""
        ami = self.client.state.value
        if self.is_synced and self.client.is_in_sync():
            standing = Standing(state="online", reason="; ".join(self.client.withheld) or None, ami=ami)
        else:
            standing = Standing(state="degraded", reason=self.client.problem or "taking the full picture", ami=ami)
        if self.outbox is not None and self.outbox.health.problem is not None:
            reason = standing.reason or f"the outbox cannot be written: {self.outbox.health.problem}"
            standing = Standing(state="degraded", reason=reason, ami=ami)
        for output in self.outputs:
            output.set_status(standing)


def _told_since(checkpoint: Checkpoint) -> Timestamp:
    """From when on a run that was cut off may have stored what queue_log is going to tell us again."""
    return min((checkpoint.at, *(Timestamp(one.record.at - NEAR) for one in checkpoint.logged)))


def _outputs(  # noqa: PLR0913, PLR0917 - one argument a source
    pbx: str,
    configuration: Configuration,
    policy: Policy,
    epoch: int,
    clock: BridgeClock,
    recollection: Recollection | None,
) -> tuple[MqttOutput, ...]:
    """One output for each broker; those that publish the same share the encoding."""
    announcers: dict[tuple[str, bool], Announcer] = {}

    def announcer(mqtt: MqttSettings) -> Announcer:
        made = Announcer(pbx=pbx, base=mqtt.base, privacy=configuration.privacy, has_private=mqtt.private)
        return announcers.setdefault((mqtt.base, mqtt.private), made)

    return tuple(
        MqttOutput(
            mqtt,
            announcer(mqtt),
            epoch=epoch,
            info=_info(pbx, configuration, policy, mqtt),
            clock=clock.now,
            outbox=recollection.outbox if recollection is not None else None,
            cursor=recollection.cursors.get(mqtt.place) if recollection is not None else None,
        )
        for mqtt in configuration.mqtt
    )


def _info(
    pbx: str, configuration: Configuration, policy: Policy, mqtt: MqttSettings, commands: tuple[str, ...] = ()
) -> Info:
    return site_info(
        version=ctibridge.__version__,
        pbx=pbx,
        policy=policy,
        overrides=configuration.queues,
        websocket_url=mqtt.websocket_url,
        has_private=mqtt.private,
        commands=commands,
    )
