"""Small scenes, one for each way a call or an agent can go; `python -m tests.servers.record` keeps what AMI sent."""

from collections.abc import Mapping
from typing import Final

from tests.servers.scenes import (
    agents,
    connecting,
    keys,
    leaving,
    moving,
    names,
    optimised,
    options,
    order,
    realtime,
    refusals,
    ringing,
    taken,
    telephones,
    transfers,
    upkeep,
)
from tests.servers.scenes.scene import Scene

SCENES: Final[Mapping[str, Scene]] = {
    **ringing.SCENES,
    **leaving.SCENES,
    **moving.SCENES,
    **order.SCENES,
    **options.SCENES,
    **agents.SCENES,
    **upkeep.SCENES,
    **names.SCENES,
    **realtime.SCENES,
    **taken.SCENES,
    **keys.SCENES,
    **telephones.SCENES,
    **transfers.SCENES,
    **refusals.SCENES,
    **optimised.SCENES,
    **connecting.SCENES,
}
