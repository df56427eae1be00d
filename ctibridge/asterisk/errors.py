"""What can go wrong between us and Asterisk, and whose fault it is.

::

    AmiError
    ├── AmiActionError              ours: an action that the bridge may not send, or a value that would break out of it
    ├── AmiSettingsError            the operator's: the configuration cannot work
    ├── AmiRefusedError             the PBX's administrator's: the login was refused; retried slowly
    ├── AmiConnectionError          the network's or the PBX's; retried with backoff
    │   ├── AmiConnectFailedError   no connection could be made
    │   ├── AmiConnectionLostError  the connection ended
    │   ├── AmiSilentError          the peer said nothing by its deadline (half-open connection)
    │   └── AmiSnapshotError        the PBX did not give the full picture
    └── MessageError                one message is bad: it is counted and skipped, the connection goes on
        ├── MissingHeaderError
        └── AbsurdValueError
"""


class AmiError(Exception):
    """The base of everything that this package raises."""


class AmiActionError(AmiError):
    """We were about to send what we may not send: a bug, never a condition to retry."""


class AmiSettingsError(AmiError):
    """The settings cannot work; ``key`` names the one at fault."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


class AmiRefusedError(AmiError):
    """Asterisk refused the login; somebody must change ``manager.conf`` or our settings."""


class AmiConnectionError(AmiError):
    """The connection could not be made or did not last."""


class AmiConnectFailedError(AmiConnectionError):
    """No connection could be made."""


class AmiConnectionLostError(AmiConnectionError):
    """The connection ended."""


class AmiSilentError(AmiConnectionError):
    """The peer said nothing by its deadline."""


class AmiSnapshotError(AmiConnectionError):
    """The PBX did not give the full picture; ``action`` names the request."""

    def __init__(self, action: str, message: str) -> None:
        super().__init__(f"{action}: {message}")
        self.action = action


class MessageError(AmiError):
    """One message cannot be used; ``header`` names what is wrong with it."""

    def __init__(self, header: str, message: str) -> None:
        super().__init__(f"{header}: {message}")
        self.header = header


class MissingHeaderError(MessageError):
    """A header without which the message means nothing is not there."""

    def __init__(self, header: str) -> None:
        super().__init__(header, "missing")


class AbsurdValueError(MessageError):
    """A header's value cannot be true."""

    def __init__(self, header: str, value: str) -> None:
        super().__init__(header, f"absurd value {value[:40]!r}")


def is_retryable(error: AmiError) -> bool:
    """Whether the same attempt may succeed soon without anybody changing anything."""
    return isinstance(error, AmiConnectionError)
