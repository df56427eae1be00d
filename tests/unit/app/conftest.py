"""What the commands change in the process is put back after each test."""

import logging
from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    """Loggers as they were: setting up the log is for a whole process."""
    root, ours = logging.getLogger(), logging.getLogger("ctibridge")
    before = list(root.handlers), root.level, ours.level
    yield
    root.handlers[:], root.level, ours.level = before
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()
