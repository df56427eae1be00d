"""`ctibridge check`: logs in wherever the configuration says; reports what works, what is missing, what is too much."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import aiomqtt

from ctibridge.app.broker_reader import refusal_to_publish, subscribed
from ctibridge.app.check_site import site_findings
from ctibridge.app.clock import monotonic, wall
from ctibridge.app.commands.settings import CommandsSettings
from ctibridge.app.commands.table import WAYS, classes_for, needed_actions, withheld
from ctibridge.app.config import Configuration
from ctibridge.app.finding import Finding, Verdict
from ctibridge.asterisk.access import Access
from ctibridge.asterisk.client import AmiClient, AmiState
from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.feed import Delivery
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.domain.events import CallerListed, MemberListed, QueueListed
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.mqtt.topics import escape

LISTENING_SECONDS: Final = 5.0
"""How long the PBX's events are watched for classes that do not arrive."""
PICTURE_SECONDS: Final = 1.0
"""How long a last full picture may take."""


async def check(configuration: Configuration) -> AsyncIterator[Finding]:
    """Findings as they are made."""
    for finding in await asyncio.to_thread(lambda: list(site_findings(configuration))):
        yield finding
    for ami in configuration.pbx:
        async for finding in _check_pbx(ami, configuration.commands):
            yield finding
    for mqtt in configuration.mqtt:
        for ami in configuration.pbx:
            yield await _check_broker(mqtt, ami.name)


async def _check_pbx(settings: AmiSettings, commands: CommandsSettings) -> AsyncIterator[Finding]:
    subject = f"pbx {settings.name} ({settings.host}:{settings.port})"
    deliveries: list[Delivery] = []
    decided = asyncio.Event()

    def note(state: AmiState) -> None:
        if state is not AmiState.CONNECTING:
            decided.set()

    client = AmiClient(settings, PbxClock(wall, monotonic), deliveries.append, on_state=note)
    following = asyncio.create_task(client.run(), name=f"check[{settings.name}]")
    try:
        # The client's own time-outs bound this: whatever happens, it ends in another state.
        await decided.wait()
        if not client.is_in_sync():
            yield Finding(verdict=Verdict.UNREACHABLE, subject=subject, text=client.problem or "no answer")
            return
        yield Finding(verdict=Verdict.GOOD, subject=subject, text=_inventory(client, deliveries))
        await asyncio.sleep(LISTENING_SECONDS)
        client.request_resync()  # Callers who came meanwhile show whether we were told.
        await asyncio.sleep(PICTURE_SECONDS)
        for finding in _permissions(client, subject, commands):
            yield finding
    finally:
        following.cancel()
        await asyncio.wait({following})


def _inventory(client: AmiClient, deliveries: list[Delivery]) -> str:
    events = [event for delivery in deliveries for event in delivery.events]
    queues = sum(isinstance(event, QueueListed) for event in events)
    members = len({event.member.interface for event in events if isinstance(event, MemberListed)})
    waiting = sum(isinstance(event, CallerListed) for event in events)
    return f"{client.banner()}, {queues} queues, {members} members, {waiting} callers waiting"


def _permissions(client: AmiClient, subject: str, commands: CommandsSettings) -> list[Finding]:
    findings = [Finding(verdict=Verdict.FAILED, subject=subject, text=text) for text in client.withheld]
    access = client.access()
    if missing := sorted(access.missing()):
        text = f"may not use {', '.join(missing)}; write=reporting allows it, and restarts are then noticed"
        findings.append(Finding(verdict=Verdict.FAILED, subject=subject, text=text))
    used = needed_actions(commands)
    if excessive := sorted(access.excessive(used)):
        text = f"may use {', '.join(excessive)}, which the bridge never does; take it away in manager.conf"
        findings.append(Finding(verdict=Verdict.FAILED, subject=subject, text=text))
    if not findings:
        findings.append(
            Finding(verdict=Verdict.GOOD, subject=subject, text="may see and do what is needed, and no more")
        )
    if commands.enabled:
        findings.append(Finding(verdict=Verdict.GOOD, subject=subject, text=_commands(client.access(), commands)))
    return findings


def _commands(access: Access, commands: CommandsSettings) -> str:
    """Which commands the AMI user is enough for, and what the others need."""
    off: dict[str, list[str]] = {}
    for name in WAYS:
        if actions := withheld(name, access, move=commands.move):
            off.setdefault(classes_for(actions), []).append(name)
    if not off:
        return "all commands work"
    return "these commands are off: " + "; ".join(f"{', '.join(names)} ({why})" for why, names in off.items())


async def _check_broker(settings: MqttSettings, pbx: str) -> Finding:
    subject, root = f"broker {settings.name}", f"{settings.base}/{escape(pbx)}"
    try:
        async with subscribed(settings, [f"{root}/status"]) as client:
            refused = await refusal_to_publish(client, f"{root}/check")
    except (aiomqtt.MqttError, OSError) as error:
        return Finding(verdict=Verdict.UNREACHABLE, subject=subject, text=str(error))
    if refused is not None:
        text = f"connected, but may not publish below {root}/: {refused}"
        return Finding(verdict=Verdict.FAILED, subject=subject, text=text)
    return Finding(verdict=Verdict.GOOD, subject=subject, text=f"connected, {root}/# can be read and written")
