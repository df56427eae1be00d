"""What `ctibridge acl` writes: the broker's access list, from the configuration."""

from pathlib import Path
from typing import Final

from ctibridge.app.config import Configuration
from ctibridge.domain.sight import sight_of
from ctibridge.outputs.mqtt.access_list import BridgeUser, Grounds, access_list

DEFAULT_USER: Final = "ctibridge"
"""The bridge's name at a broker where the configuration gives none."""


def access_list_of(configuration: Configuration) -> str:
    """The text of an ``acl_file``."""
    return access_list(
        Grounds(
            bridges=[
                BridgeUser(name=mqtt.username or DEFAULT_USER, base=mqtt.base, has_private=mqtt.private)
                for mqtt in configuration.mqtt
            ],
            users=[(user, sight_of(user, configuration.teams)) for user in configuration.users],
            pbxs=[pbx.name for pbx in configuration.pbx],
            queues=list(configuration.queues),
            reasons=[reason.code for reason in configuration.pause_reasons],
            rules=configuration.policy().rules,
        )
    )


def write_access_list(configuration: Configuration, path: Path) -> None:
    """Replace a file as a whole, so that a broker that reads it meanwhile gets the old or the new; raises OSError."""
    aside = path.with_name(f"{path.name}.new")
    aside.write_text(access_list_of(configuration), encoding="utf-8")
    if path.exists():
        aside.chmod(path.stat().st_mode & 0o777)
    aside.replace(path)
