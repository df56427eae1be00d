"""Why a command was not done."""

from ctibridge.domain.changes import CommandOutcome


class NotDoneError(Exception):
    """A command ends otherwise than ``done``."""

    def __init__(self, outcome: CommandOutcome, reason: str, message: str) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.reason = reason
        """One of ``domain.answers.REASONS``."""
        self.message = message


def refused(reason: str, message: str) -> NotDoneError:
    """Asterisk was not even asked."""
    return NotDoneError("refused", reason, message)


def failed(reason: str, message: str) -> NotDoneError:
    """It was tried."""
    return NotDoneError("failed", reason, message)


def unconfirmed(message: str) -> NotDoneError:
    """Asterisk said yes, and that was all."""
    return NotDoneError("unconfirmed", "not_seen", message)
