"""What can go wrong between us and a broker, and whose fault it is.

::

    BrokerError                   retried with backoff, always: brokers are repaired while we run
    ├── BrokerUnreachableError    the network's, the broker's, or a file's that the connection needs
    │   └── BrokerSilentError     somebody took the connection and did not answer: too busy, or puzzled by MQTT 5
    ├── BrokerRefusedError        the broker said no to the connection; somebody must change its rules or our settings
    │   └── VersionRefusedError   it does not speak this version of MQTT; the older one is tried at once
    └── BrokerLostError           the connection ended, or the broker stopped to answer
"""


class BrokerError(Exception):
    """The base of everything that a connection to a broker raises."""


class BrokerUnreachableError(BrokerError):
    """No connection could be made."""


class BrokerSilentError(BrokerUnreachableError):
    """The connection was taken, and closed or left without an answer."""


class BrokerRefusedError(BrokerError):
    """The broker answered the connection with a refusal."""


class VersionRefusedError(BrokerRefusedError):
    """The broker does not speak this version of MQTT."""


class BrokerLostError(BrokerError):
    """The connection ended, or nothing came back on it for too long."""
