"""The simulated PBX's own ``queue_log``, record by record as app_queue writes it."""

from pathlib import Path

from ctibridge.simulator.clockwork import Clockwork

NOBODY = "NONE"


class QueueLog:
    """Keeps every record and appends it to a file, if there is one."""

    def __init__(self, clock: Clockwork, path: Path | None = None) -> None:
        self._clock = clock
        self._path = path
        self._records: list[str] = []
        self._written = 0
        self.write(NOBODY, NOBODY, NOBODY, "QUEUESTART", "")

    @property
    def records(self) -> tuple[str, ...]:
        """All lines so far, without their line ends."""
        return tuple(self._records)

    def write(self, call: str, queue: str, agent: str, event: str, *data: object) -> None:
        """One record: epoch seconds, call, queue, agent, event and its data, divided by bars."""
        fields = (int(self._clock.now), call, queue, agent, event, *data)
        self._records.append("|".join(str(field) for field in fields))

    def flush(self) -> None:
        """Bring the file up to date."""
        if self._path is not None and self._written < len(self._records):
            with self._path.open("a", encoding="utf-8") as file:
                file.writelines(f"{record}\n" for record in self._records[self._written :])
            self._written = len(self._records)
