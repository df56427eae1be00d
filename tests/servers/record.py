"""Play scenes on a real Asterisk and write for each a folder with ami.raw, queue_log and README.md.

python -m tests.servers.record FOLDER [--version 22] [SCENE ...]
"""

import argparse
import asyncio
import sys
from pathlib import Path

from tests.servers.asterisk import VERSIONS, Asterisk
from tests.servers.recorder import recording
from tests.servers.scenes import SCENES
from tests.servers.scenes.configuration import EXTRA
from tests.servers.stage import Stage, stage_on

QUIET_SECONDS = 1.0
"""Within this time Asterisk says what it still has to say when the last channel is gone."""


async def play(name: str, asterisk: Asterisk) -> tuple[Stage, bytes]:
    """Play one scene; give what was done and what AMI sent."""
    async with stage_on(asterisk) as stage, recording(asterisk.port) as recorder:
        await SCENES[name].play(stage, recorder)
        await asyncio.sleep(QUIET_SECONDS)
        return stage, bytes(recorder.received)


def record(name: str, folder: Path, version: int) -> None:
    """Play one scene on an Asterisk of its own and keep what it left."""
    scene = SCENES[name]
    extra = {
        **EXTRA,
        "queues.d/scene.conf": scene.queues,
        "extensions.d/scene.conf": scene.dialplan,
    }
    with Asterisk(version, extra=extra) as asterisk:
        stage, received = asyncio.run(play(name, asterisk))
        queue_log = asterisk.queue_log.read_bytes()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ami.raw").write_bytes(received)
        (folder / "queue_log").write_bytes(queue_log)
        (folder / "README.md").write_text(_readme(name, stage, queue_log.decode(errors="replace")), errors="replace")


def _readme(name: str, stage: Stage, queue_log: str) -> str:
    scene = SCENES[name]
    story = " ".join((scene.play.__doc__ or "").split())
    version = next((line for line in stage.asterisk.messages if " built by " in line), "").partition("] ")[2]
    done = "\n".join(f"{at:7.2f}  {text}" for at, text in stage.notes)
    return (
        f"# {name}\n\n{story}\n\n{version.partition(' built by ')[0]}, shipped configuration with\n\n"
        f"```\n{scene.queues}{scene.dialplan}```\n\nWhat was done, in seconds:\n\n```\n{done}\n```\n\n"
        f"queue_log:\n\n```\n{queue_log.strip()}\n```\n"
    )


def main() -> int:
    """Record the scenes that are asked for, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=", ".join(SCENES))
    parser.add_argument("--version", type=int, default=VERSIONS[0], choices=VERSIONS)
    arguments = parser.parse_args()
    for name in arguments.scenes or SCENES:
        sys.stdout.write(f"{name}\n")
        record(name, arguments.folder / name, arguments.version)
    return 0


if __name__ == "__main__":
    sys.exit(main())
