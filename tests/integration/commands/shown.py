"""What Asterisk itself shows."""

import re
from typing import Final

from tests.servers.asterisk import Asterisk

COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


def plain(pbx: Asterisk, command: str) -> str:
    """What the CLI prints, without colours."""
    return COLOURS.sub("", pbx.cli(command))
