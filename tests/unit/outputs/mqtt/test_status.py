from ctibridge.domain.units import Timestamp
from ctibridge.outputs.mqtt.status import Standing, StatusLine

ONLINE = Standing(state="online", ami="connected")


def line(standing: Standing = ONLINE, *, is_current: bool = True, refused: str | None = None) -> StatusLine:
    made = StatusLine(7)
    made.connected(refused)
    made.standing = standing
    made.is_current = is_current
    return made


def test_offline_until_the_broker_holds_all_states() -> None:
    said = line(is_current=False).say(0, Timestamp(1))
    assert (said.state, said.reason) == ("offline", "the first full picture of the PBX is awaited")
    said = line(Standing(state="degraded", reason="AMI: connection refused"), is_current=False).say(0, Timestamp(1))
    assert (said.state, said.reason) == ("offline", "AMI: connection refused")


def test_online_when_all_is_well() -> None:
    said = line().say(42, Timestamp(5))
    assert (said.state, said.reason, said.ami, said.sequence) == ("online", None, "connected", "0" * 18 + "42")


def test_degraded_when_the_pbx_is_lost_or_the_broker_refuses() -> None:
    lost = Standing(state="degraded", reason="AMI: connection lost", ami="connecting")
    assert line(lost).say(1, Timestamp(5)).state == "degraded"
    said = line(refused="the broker refuses messages: not_authorized").say(1, Timestamp(5))
    assert (said.state, said.reason) == ("degraded", "the broker refuses messages: not_authorized")


def test_due_only_when_something_changed() -> None:
    one = line()
    assert one.is_due()
    one.say(1, Timestamp(5))
    assert not one.is_due()
    one.standing = Standing(state="degraded", reason="AMI: connection lost", ami="connecting")
    assert one.is_due()


def test_since_is_when_the_state_began_not_when_it_was_said() -> None:
    one = line()
    assert one.say(1, Timestamp(5)).since == Timestamp(5)
    one.standing = Standing(state="online", reason="resyncing", ami="connected")
    assert one.say(2, Timestamp(8)).since == Timestamp(5)
    one.standing = Standing(state="degraded", reason="AMI: connection lost")
    assert one.say(3, Timestamp(9)).since == Timestamp(9)


def test_a_new_connection_is_told_anew() -> None:
    one = line()
    one.say(1, Timestamp(5))
    one.connected(None)
    assert one.is_due()
    assert one.say(1, Timestamp(6)).state == "offline"


def test_last_words() -> None:
    will = line().last_will()
    assert (will.state, will.epoch, will.reason) == ("offline", 7, "connection lost")
    assert (will.since, will.sequence) == (None, None)
    farewell = line().farewell(42, Timestamp(9))
    assert (farewell.state, farewell.since, farewell.reason) == ("offline", Timestamp(9), "stopped")
