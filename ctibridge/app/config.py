"""File, environment and credentials into one frozen ``Configuration``, or every problem at once, one a line.

The settings structs live beside the code that they configure; here they are only put together.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from ctibridge.app.commands.settings import CommandsSettings
from ctibridge.app.config_decode import REFUSALS, decode, refusal
from ctibridge.app.config_document import ConfigurationError, Document, KeyPath, Problem, settings_variables
from ctibridge.app.config_environment import overlay
from ctibridge.app.log import LogSettings
from ctibridge.app.site_settings import SiteSettings
from ctibridge.asterisk.settings import AmiSettings
from ctibridge.domain.policy import (
    DEFAULT_PAUSE_REASONS,
    AgentsSettings,
    LeaveSettings,
    PauseReason,
    Policy,
    QueueOverrides,
    QueuePolicy,
    Team,
)
from ctibridge.domain.privacy import PrivacySettings
from ctibridge.domain.roles import User
from ctibridge.domain.rulebook import DEFAULT_RULES
from ctibridge.domain.rules import RuleOverrides
from ctibridge.domain.units import queue_key
from ctibridge.outputs.history.settings import StoreSettings
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.web.page_settings import PagesSettings
from ctibridge.outputs.web.settings import HttpSettings

FILE_VARIABLE: Final = "CTIBRIDGE_CONFIG"
CREDENTIALS_VARIABLE: Final = "CREDENTIALS_DIRECTORY"
PLACES: Final = (Path("ctibridge.toml"), Path("/etc/ctibridge/ctibridge.toml"))
"""Where the file is looked for when none is named."""

LONE_TABLES: Final = ("mqtt",)
"""Arrays of tables that may be written as one table."""


class Configuration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set; one field a table of the file."""

    pbx: tuple[AmiSettings, ...] = (AmiSettings(),)
    mqtt: tuple[MqttSettings, ...] = (MqttSettings(),)
    http: HttpSettings = HttpSettings()
    pages: PagesSettings = PagesSettings()
    store: StoreSettings = StoreSettings()
    site: SiteSettings = SiteSettings()
    defaults: QueuePolicy = QueuePolicy()
    queues: dict[str, QueueOverrides] = {}
    pause_reasons: tuple[PauseReason, ...] = DEFAULT_PAUSE_REASONS
    teams: tuple[Team, ...] = ()
    users: tuple[User, ...] = ()
    agents: AgentsSettings = AgentsSettings()
    commands: CommandsSettings = CommandsSettings()
    leave: LeaveSettings = LeaveSettings()
    rules: tuple[RuleOverrides, ...] = ()
    privacy: PrivacySettings = PrivacySettings()
    log: LogSettings = LogSettings()

    def policy(self) -> Policy:
        """The site's rules, ready to be asked."""
        return Policy(
            defaults=self.defaults,
            queues=self.queues,
            pause_reasons=self.pause_reasons,
            teams=self.teams,
            agents=self.agents,
            leave=self.leave,
            rules=self.rules,
            timezone=self.site.zone(),
            day_start=self.site.day_offset(),
        )


def load(file: Path | None, environment: Mapping[str, str] = os.environ, *, with_servers: bool = True) -> Configuration:
    """Read the configuration; raises ConfigurationError with every problem that was found.

    Without servers, secrets and certificates may be missing: nobody will connect.
    """
    document = _read(file, environment)
    return from_document(document, environment, with_servers=with_servers)


def from_document(document: Document, environment: Mapping[str, str], *, with_servers: bool = True) -> Configuration:
    """Decode and check what a file says."""
    for key in LONE_TABLES:
        document.wrap_lone_table(key)
    problems = overlay(document, Configuration, environment)
    _add_credentials(document, environment)

    def report(path: KeyPath, message: str) -> None:
        problems.append(document.problem(path, message))

    configuration = decode(Configuration, document.values, report)
    if configuration is not None:
        for path, message in _contradictions(configuration):
            report(path, message)
        for path, message in _server_complaints(configuration) if with_servers else ():
            report(path, message)
    if problems or configuration is None:
        raise ConfigurationError(problems)
    return configuration


def _read(file: Path | None, environment: Mapping[str, str]) -> Document:
    named = file or (Path(environment[FILE_VARIABLE]) if environment.get(FILE_VARIABLE) else None)
    path = named or next((place for place in PLACES if place.is_file()), None)
    if path is None:
        if any(settings_variables(environment)):
            return Document("the environment")
        places = ", ".join(str(place) for place in PLACES)
        raise _unusable(
            "configuration", f"no file found; looked for {places}; name one with -c FILE or ${FILE_VARIABLE}"
        )
    try:
        return Document(str(path), path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise _unusable(str(path), f"expected UTF-8 text; byte {error.start} is not") from error
    except OSError as error:
        raise _unusable(str(path), f"cannot be read: {error.strerror}") from error


def _unusable(place: str, message: str) -> ConfigurationError:
    return ConfigurationError([Problem(place=place, key="", message=message)])


def _add_credentials(document: Document, environment: Mapping[str, str]) -> None:
    """Name the files that systemd left for us, where the configuration has no secret of its own."""
    folder = environment.get(CREDENTIALS_VARIABLE)
    if not folder:
        return
    for table, key, number, names in _secret_places(document):
        credential = next((path for name in names if (path := Path(folder, name)).is_file()), None)
        if credential is not None:
            document.set((table, number, key), str(credential), f"systemd credential {credential.name}")


def _secret_places(document: Document) -> Iterator[tuple[str, str, int, list[str]]]:
    for table, secret, count in (("pbx", "secret", 1), ("pbx", "queue_log_password", 0), ("mqtt", "password", 1)):
        written = document.values.get(table, [{}] * count)
        if not isinstance(written, list):
            continue
        for number, values in enumerate(written):
            if isinstance(values, dict) and not values.get(secret) and not values.get(f"{secret}_file"):
                given = [f"{table}.{values['name']}.{secret}"] if isinstance(values.get("name"), str) else []
                first = [f"{table}.{secret}"] if number == 0 else []
                yield table, f"{secret}_file", number, [*given, f"{table}.{number}.{secret}", *first]


def _contradictions(configuration: Configuration) -> Iterator[tuple[KeyPath, str]]:
    """What is wrong only when several settings are looked at together."""
    if not configuration.pbx:
        yield ("pbx",), "expected at least one [[pbx]]"
    for name, overrides in configuration.queues.items():
        try:
            overrides.over(configuration.defaults)
        except ValueError as error:
            key, message = refusal(error, overrides.__struct_fields__)
            yield ("queues", name, key), message
    yield from _rule_complaints(configuration.rules)
    yield from _repetitions(configuration)
    yield from _strangers(configuration)


def _strangers(configuration: Configuration) -> Iterator[tuple[KeyPath, str]]:
    """Teams and PBXs of users that are not configured."""
    known = {
        "teams": ("[[teams]]", {team.name for team in configuration.teams}),
        "pbxs": ("[[pbx]]", {pbx.name for pbx in configuration.pbx}),
    }
    for index, user in enumerate(configuration.users):
        for key, (table, names) in known.items():
            for place, name in enumerate(getattr(user, key)):
                if name not in names:
                    yield ("users", index, key, place), f'there is no {table} named "{name}"'


def _rule_complaints(rules: Iterable[RuleOverrides]) -> Iterator[tuple[KeyPath, str]]:
    for index, rule in enumerate(rules):
        try:
            rule.over(DEFAULT_RULES.get(rule.name))
        except ValueError as error:
            key, message = refusal(error, rule.__struct_encode_fields__)
            yield ("rules", index, key) if key else ("rules", index), message


def _server_complaints(configuration: Configuration) -> Iterator[tuple[KeyPath, str]]:
    """What would keep us from logging in: secrets that are missing or would be shown, files that cannot be read."""
    for index, ami in enumerate(configuration.pbx):
        yield from ((("pbx", index, key), message) for key, message in _ami_complaints(ami))
    for index, mqtt in enumerate(configuration.mqtt):
        yield from ((("mqtt", index, key), message) for key, message in _mqtt_complaints(mqtt))
    try:
        configuration.http.tls_context()
    except OSError as error:
        yield ("http", "cert_file"), f"the TLS files cannot be used: {error}"


def _ami_complaints(ami: AmiSettings) -> Iterator[tuple[str, str]]:
    for variant in (ami, msgspec.structs.replace(ami, secret="-", secret_file="")):  # noqa: S106 - a stand-in
        try:
            variant.check()
            variant.ssl_context()
        except REFUSALS as error:
            key, message = refusal(error, ami.__struct_fields__)
            yield key, message
            if key not in ("secret", "secret_file"):
                return


def _mqtt_complaints(mqtt: MqttSettings) -> Iterator[tuple[str, str]]:
    try:
        mqtt.secret()
    except OSError as error:
        yield "password_file", f"cannot be read: {error}"
    try:
        mqtt.tls_context()
    except OSError as error:
        key = "ca_file" if not mqtt.cert_file else "cert_file"
        yield key, f"the TLS files cannot be used: {error}"


def _repetitions(configuration: Configuration) -> Iterator[tuple[KeyPath, str]]:
    names: dict[str, list[tuple[KeyPath, str]]] = {
        "[[pbx]]": [(("pbx", i, "name"), pbx.name) for i, pbx in enumerate(configuration.pbx)],
        "[[pause_reasons]]": [
            (("pause_reasons", i, "code"), reason.code.casefold())
            for i, reason in enumerate(configuration.pause_reasons)
        ],
        "[[teams]]": [(("teams", i, "name"), team.name) for i, team in enumerate(configuration.teams)],
        "[[users]]": [(("users", i, "name"), user.name) for i, user in enumerate(configuration.users)],
        "[[rules]]": [(("rules", i, "name"), rule.name) for i, rule in enumerate(configuration.rules)],
        "[queues.…]": [(("queues", name), queue_key(name)) for name in configuration.queues],
        "agent in [[teams]]": [
            (("teams", i, "agents"), agent) for i, team in enumerate(configuration.teams) for agent in team.agents
        ],
        "[[mqtt]] with this host, port and base": [
            (("mqtt", i, "host"), f"{mqtt.name}/{mqtt.base}") for i, mqtt in enumerate(configuration.mqtt)
        ],
    }
    for kind, given in names.items():
        seen = set()
        for path, name in given:
            if name in seen:
                yield path, f'"{name}" is the name of an earlier {kind} already'
            seen.add(name)
