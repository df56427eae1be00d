"""What a scene is, and the settings that let one be over in seconds."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec

from tests.servers.recorder import Recorder
from tests.servers.stage import Call, Stage

QUICK: Final = """\
[support](+)
timeout = 3
retry = 1
wrapuptime = 2
[sales](+)
timeout = 3
retry = 1
wrapuptime = 2
[overflow](+)
timeout = 3
retry = 1
wrapuptime = 2
"""
"""Ring and wrap-up times that let a scene be over in seconds; all else is as shipped."""

ONE_PLACE: Final = QUICK + "[support](+)\nmaxlen = 1\n"
PATIENT_RING: Final = QUICK + "[support](+)\ntimeout = 12\n"
AUTO_PAUSE: Final = QUICK + "[support](+)\nautopause = all\n"
LONG_WRAP_UP: Final = QUICK + "[support](+)\nwrapuptime = 6\n"


class Scene(msgspec.Struct, frozen=True):
    """What people do, and on which configuration; the docstring of `play` tells it."""

    play: Callable[[Stage, Recorder], Awaitable[None]]
    queues: str = QUICK
    """For `queues.d/`."""
    dialplan: str = ""
    """For `extensions.d/`."""


def by_name(*scenes: Scene) -> Mapping[str, Scene]:
    """Scenes by the names of their functions."""
    return {scene.play.__name__: scene for scene in scenes}


async def settled(stage: Stage, *calls: Call) -> None:
    """Wait until these calls and every channel are gone."""
    for call in calls:
        await call.gone.wait()
    await stage.all_gone()
