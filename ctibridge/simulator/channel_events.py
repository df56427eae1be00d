"""The events that channels and bridges raise, header by header as Asterisk 22 writes them."""

from ctibridge.simulator.channels import Channel, ChannelState
from ctibridge.simulator.events import EventStream
from ctibridge.simulator.frames import Header

CAUSES = {0: "Unknown", 16: "Normal Clearing", 17: "User busy", 26: "Answered elsewhere"}
NORMAL_CLEARING = 16
USER_BUSY = 17
ANSWERED_ELSEWHERE = 26


def newchannel(events: EventStream, channel: Channel) -> None:
    """A leg came into being."""
    events.publish("Newchannel", "call", *channel.headers())


def newstate(events: EventStream, channel: Channel, state: ChannelState) -> None:
    """A leg starts to ring or is answered."""
    channel.state = state
    events.publish("Newstate", "call", *channel.headers())


def newexten(events: EventStream, channel: Channel, application: str, data: str = "") -> None:
    """The dialplan of a leg goes on to its next step."""
    channel.application, channel.application_data = application, data
    step = (("Extension", channel.exten), ("Application", application), ("AppData", data))
    events.publish("Newexten", "dialplan", *channel.headers(), *step)


def var_set(events: EventStream, channel: Channel, variable: str, value: object) -> None:
    """A variable of a leg got a value."""
    events.publish("VarSet", "dialplan", *channel.headers(), ("Variable", variable), ("Value", str(value)))


def duration_set(events: EventStream, channel: Channel, variable: str, milliseconds: int) -> None:
    """app_queue notes a duration, in whole seconds and in milliseconds."""
    var_set(events, channel, variable, milliseconds // 1000)
    var_set(events, channel, f"{variable}_MS", milliseconds)


def new_callerid(events: EventStream, channel: Channel) -> None:
    """A leg got a caller id."""
    presentation = ("CID-CallingPres", "0 (Presentation Allowed, Not Screened)")
    events.publish("NewCallerid", "call", *channel.headers(), presentation)


def new_connected_line(events: EventStream, channel: Channel) -> None:
    """A leg learns who is at the other end."""
    events.publish("NewConnectedLine", "call", *channel.headers())


def hangup_request(events: EventStream, channel: Channel, *, busy: bool = False) -> None:
    """The far end of a leg hung up, or refused."""
    cause = (("Cause", str(USER_BUSY)), ("TechCause", "486")) if busy else ()
    events.publish("HangupRequest", "call", *channel.headers(), *cause)


def soft_hangup_request(events: EventStream, channel: Channel) -> None:
    """The dialplan of a leg is over."""
    events.publish("SoftHangupRequest", "call", *channel.headers(), ("Cause", str(NORMAL_CLEARING)))


def hangup(events: EventStream, channel: Channel, cause: int) -> None:
    """A leg is gone."""
    words = [("Cause", str(cause)), ("Cause-txt", CAUSES[cause])]
    if cause == USER_BUSY and channel.name.startswith("PJSIP/"):
        words.append(("TechCause", "486"))
    events.publish("Hangup", "call", *channel.headers(), *words)


def blind_transfer(events: EventStream, agent: Channel, caller: Channel, exten: str, context: str) -> None:
    """An agent sends a caller elsewhere without asking there first."""
    events.publish(
        "BlindTransfer",
        "call",
        ("Result", "Success"),
        *agent.headers("Transferer"),
        *caller.headers("Transferee"),
        ("IsExternal", "Yes"),
        ("Context", context),
        ("Extension", exten),
    )


def dial_begin(events: EventStream, caller: Channel, leg: tuple[Header, ...], dial_string: str) -> None:
    """A leg is being called on behalf of a caller; it is described as it was when it was made."""
    events.publish("DialBegin", "call", *caller.headers(), *leg, ("DialString", dial_string))


def dial_state(events: EventStream, caller: Channel, leg: Channel) -> None:
    """The called leg rings."""
    pair = (*caller.headers(), *leg.headers("Dest"))
    events.publish("DialState", "call", *pair, ("DialStatus", "RINGING"))


def dial_end(events: EventStream, caller: Channel, leg: Channel, status: str) -> None:
    """The attempt to call a leg is over: ANSWER, NOANSWER, BUSY or CANCEL."""
    pair = (*caller.headers(), *leg.headers("Dest"))
    events.publish("DialEnd", "call", *pair, ("DialStatus", status))


class Bridge:
    """Two legs that talk."""

    def __init__(self, events: EventStream, uniqueid: str) -> None:
        self._events = events
        self._uniqueid = uniqueid
        self._channels = 0
        self._publish("BridgeCreate")

    def enter(self, channel: Channel) -> None:
        """A leg joins."""
        self._channels += 1
        channel.bridge = self._uniqueid
        self._publish("BridgeEnter", channel)

    def leave(self, channel: Channel) -> None:
        """A leg drops out."""
        self._channels -= 1
        channel.bridge = ""
        self._publish("BridgeLeave", channel)

    def destroy(self) -> None:
        """Nobody is left."""
        self._publish("BridgeDestroy")

    def _publish(self, event: str, channel: Channel | None = None) -> None:
        self._events.publish(
            event,
            "call",
            ("BridgeUniqueid", self._uniqueid),
            ("BridgeType", "basic"),
            ("BridgeTechnology", "simple_bridge"),
            ("BridgeCreator", "<unknown>"),
            ("BridgeName", "<unknown>"),
            ("BridgeNumChannels", str(self._channels)),
            ("BridgeVideoSourceMode", "none"),
            *(channel.headers() if channel else ()),
        )
