"""The part of `ctibridge check` that needs no PBX and no broker: files, encryption, and who may see what."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from ctibridge.app.config import Configuration
from ctibridge.app.finding import Finding, Verdict
from ctibridge.app.queue_log_opening import PostgresExtraMissingError, source_of
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.domain.roles import Role
from ctibridge.outputs.history.settings import StoreSettings
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.mqtt.settings import is_loopback as is_this_machine
from ctibridge.outputs.web.settings import HttpSettings, is_loopback

BUSY_SECONDS = 2.0


def site_findings(configuration: Configuration) -> Iterator[Finding]:
    """What can be said without connecting to anybody but a queue_log's database; may wait for files."""
    yield _store(configuration.store)
    for ami in configuration.pbx:
        yield from _queue_log(ami, configuration)
    for ami in configuration.pbx:
        yield _ami_encryption(ami)
    for mqtt in configuration.mqtt:
        yield _mqtt_encryption(mqtt)
    yield _http(configuration.http)
    yield from _users(configuration)


# -- files ------------------------------------------------------------------------------------------------------------


def _store(settings: StoreSettings) -> Finding:
    path = settings.path
    if path is None:
        return _said(Verdict.NOTED, "store", "url is empty: nothing is kept, and there are no tokens")
    if not path.exists():
        return _new_store(path)
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        return _said(Verdict.FAILED, "store", f"{path}: cannot be written: {error}")
    if path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        text = f"{path}: can be read by others, and has callers of calls in progress: chmod 600"
        return _said(Verdict.FAILED, "store", text)
    return _said(Verdict.GOOD, "store", f"{path}: can be opened and written")


def _new_store(path: Path) -> Finding:
    """Nothing is made: whoever checks may be another user than the daemon."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if os.access(folder, os.W_OK | os.X_OK):
        return _said(Verdict.GOOD, "store", f"{path}: does not exist yet, and can be made")
    return _said(Verdict.FAILED, "store", f"{path}: does not exist, and {folder} cannot be written")


def _queue_log(ami: AmiSettings, configuration: Configuration) -> Iterator[Finding]:
    subject = f"queue_log of {ami.name}"
    if not ami.queue_log:
        yield _said(Verdict.NOTED, subject, "is not read: figures are those of AMI alone, and gaps stay gaps")
        return
    try:
        source = source_of(ami, configuration.site.zone())
    except PostgresExtraMissingError as error:
        yield _said(Verdict.FAILED, subject, str(error))
        return
    if source is None:
        return
    try:
        source.start_at_end()
    except OSError as error:
        yield _said(Verdict.FAILED, subject, f"cannot be read: {error.strerror or error}")
    else:
        yield _said(Verdict.GOOD, subject, "can be read")
    finally:
        source.close()


# -- encryption -------------------------------------------------------------------------------------------------------


def _ami_encryption(ami: AmiSettings) -> Finding:
    subject = f"encryption to {ami.name}"
    if ami.tls and ami.tls_verify:
        return _said(Verdict.GOOD, subject, "TLS, and the certificate is checked")
    if ami.tls:
        return _said(Verdict.NOTED, subject, "TLS, but anybody in between may pose as the PBX: tls_verify is off")
    if ami.is_loopback():
        return _said(Verdict.GOOD, subject, "none, and none needed on this machine")
    secret = "the secret itself is not sent" if ami.auth == "md5" else "the secret is sent as it is"
    return _said(Verdict.NOTED, subject, f"none: events can be read and changed on the way to {ami.host}; {secret}")


def _mqtt_encryption(mqtt: MqttSettings) -> Finding:
    subject = f"encryption to broker {mqtt.name}"
    if mqtt.tls:
        return _said(Verdict.GOOD, subject, "TLS, and the certificate is checked")
    if is_this_machine(mqtt.host):
        return _said(Verdict.GOOD, subject, "none, and none needed on this machine")
    password = "and the password" if mqtt.has_password else "and everybody is let in without one"
    return _said(Verdict.NOTED, subject, f"none: states can be read on the way, {password}")


def _http(http: HttpSettings) -> Finding:
    subject = f"web server on {http.host}:{http.port}"
    if is_loopback(http.host):
        return _said(Verdict.GOOD, subject, "for this machine only")
    if http.cert_file:
        return _said(Verdict.GOOD, subject, "HTTPS; beyond the public board others need a token")
    if http.insecure:
        return _said(Verdict.NOTED, subject, "without TLS: tokens of others can be read on the way")
    return _said(Verdict.NOTED, subject, "without TLS: others get the public board, and their tokens are refused")


# -- users ------------------------------------------------------------------------------------------------------------


def _users(configuration: Configuration) -> Iterator[Finding]:
    complaints = list(_user_complaints(configuration))
    for text in complaints:
        yield _said(Verdict.FAILED, "users", text)
    if not configuration.users:
        yield _said(Verdict.NOTED, "users", "there are none: nobody can have a token or give commands")
    elif not complaints:
        names = ", ".join(f"{user.name} ({user.role})" for user in configuration.users)
        yield _said(Verdict.GOOD, "users", f"{names}; write the broker's list with `ctibridge acl` after each change")


def _user_complaints(configuration: Configuration) -> Iterator[str]:
    users = {user.name: user for user in configuration.users}
    agents = {team.name: team.agents for team in configuration.teams}
    for mqtt in configuration.mqtt:
        if mqtt.username in users:
            yield f"{mqtt.username} is the bridge's own name at {mqtt.name}: whoever has it may publish any state"
    for user in configuration.users:
        if user.role is Role.LEADER and not any(agents.get(team) for team in user.teams):
            yield f"{user.name} leads nobody: {', '.join(user.teams)} has no agents"
    board = users.get(configuration.pages.board_user)
    if board is not None and board.role not in (Role.PUBLIC, Role.DISPLAY):
        yield f"pages.board_user is {board.name}, a {board.role}: every browser gets that password"


def _said(verdict: Verdict, subject: str, text: str) -> Finding:
    return Finding(verdict=verdict, subject=subject, text=text)
