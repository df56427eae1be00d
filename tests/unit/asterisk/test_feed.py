"""From the bytes of a connection to facts in the order of the wire, full pictures among them."""

import pytest

from ctibridge.asterisk.clock import PbxClock
from ctibridge.asterisk.counts import OTHER_EVENT, AmiCounts, ErrorKind
from ctibridge.asterisk.feed import Clock, Delivery, Feed
from ctibridge.asterisk.messages import Message
from ctibridge.domain import events as fact
from ctibridge.domain.units import Timestamp
from tests.unit.asterisk.frames import channel, event, item, joined, response, stream

ARRIVED = 50.0
LOCAL_NOW = 1795283270.0


class FixedClock:
    """PBX time is unknown but for our own estimate."""

    def __init__(self) -> None:
        self.observed: list[tuple[float, float]] = []

    def at(self, arrived: float) -> Timestamp:
        return Timestamp(LOCAL_NOW + arrived)

    def observe(self, stamp: Timestamp, arrived: float) -> Timestamp:
        self.observed.append((stamp, arrived))
        return stamp


class Wire:
    def __init__(self, clock: Clock | None = None) -> None:
        self.clock = FixedClock()
        self.counts = AmiCounts()
        self.responses: list[Message] = []
        self.notices: list[str] = []
        self.feed = Feed(
            clock or self.clock, self.counts, on_response=self.responses.append, on_notice=self.notices.append
        )

    def says(self, *frames: bytes) -> list[Delivery]:
        return self.feed.receive(stream(*frames), ARRIVED)


@pytest.fixture
def wire() -> Wire:
    return Wire()


def kinds(deliveries: list[Delivery]) -> list[list[str]]:
    return [[type(event).__name__ for event in delivery.events] for delivery in deliveries]


def pong(action_id: str, stamp: str) -> bytes:
    return response(action_id, Ping="Pong", Timestamp=stamp)


def queues(action_id: str, *waiting: str) -> list[bytes]:
    entries = [item("QueueEntry", action_id, Queue="sales", Position="1", Uniqueid=u, Wait="3") for u in waiting]
    return [
        response(action_id, EventList="start", Message="Queue status will follow"),
        item("QueueParams", action_id, Queue="sales"),
        *entries,
        item("QueueStatusComplete", action_id, EventList="Complete", ListItems="2"),
    ]


def channels(action_id: str, *uniqueids: str) -> list[bytes]:
    return [
        response(action_id, EventList="start", Message="Channels will follow"),
        *(item("CoreShowChannel", action_id, channel(uniqueid), Application="Queue") for uniqueid in uniqueids),
        item("CoreShowChannelsComplete", action_id, EventList="Complete", ListItems="1"),
    ]


PICTURE = ["ResyncStarted", "QueueListed", "CallerListed", "ChannelListed", "ResyncCompleted"]


def hangup(uniqueid: str, stamp: str = "1795283190.5") -> bytes:
    return event("Hangup", channel(uniqueid), stamp=stamp)


def test_an_event_is_delivered_with_the_time_of_the_pbx(wire: Wire) -> None:
    (delivery,) = wire.says(joined("1.1"))

    assert isinstance(delivery.events[0], fact.CallerJoined)
    assert (delivery.at, delivery.received) == (1795283190.917963, ARRIVED)
    assert wire.clock.observed == [(1795283190.917963, ARRIVED)]
    assert wire.counts.last_event_at == LOCAL_NOW + ARRIVED


def test_without_a_stamp_our_estimate_of_the_pbxs_time_counts(wire: Wire) -> None:
    (delivery,) = wire.says(event("Hangup", channel("1.1"), stamp=None))

    assert delivery.at == LOCAL_NOW + ARRIVED


def test_events_of_no_interest_are_counted_and_their_classes_noted(wire: Wire) -> None:
    assert not wire.says(event("DeviceStateChange", Device="a"), event("VarSet", Variable="A"), event("Eve", A="1"))
    assert wire.counts.events == {"DeviceStateChange": 1, "VarSet": 1, OTHER_EVENT: 1}
    assert wire.feed.privileges == {"call", "dialplan"}


def test_responses_go_to_who_waits_for_them(wire: Wire) -> None:
    assert not wire.says(response("9", Message="Authentication accepted"))
    assert [message.action_id for message in wire.responses] == ["9"]


def test_asterisk_speaks_of_itself(wire: Wire) -> None:
    wire.says(event("FullyBooted", Status="Fully Booted"), event("Reload", Module="app_queue.so"))

    assert wire.notices == ["FullyBooted", "Reload"]


def test_what_is_neither_event_nor_response_is_counted(wire: Wire) -> None:
    assert not wire.says(b"HTTP/1.1 400 Bad Request\r\nServer: nginx", joined("1.1"))[1:]
    assert wire.counts.errors == {ErrorKind.NOT_A_MESSAGE: 1}


def test_a_forged_event_is_dropped_and_counted(wire: Wire) -> None:
    wire.feed.ask(frozenset({"mine"}))

    assert not wire.says(b"Event: Hangup\r\nUniqueid: 1.1", item("QueueMember", "guess", Queue="sales"))
    assert wire.counts.errors == {ErrorKind.FORGED_EVENT: 1, ErrorKind.UNASKED_REPLY: 1}


def test_lines_slipped_into_a_genuine_event_change_nothing(wire: Wire) -> None:
    (delivery,) = wire.says(joined("1.1", number="138\r\nUniqueid: 6.6\r\nQueue: vip"))
    (join,) = delivery.events

    assert isinstance(join, fact.CallerJoined)
    assert (join.call, join.queue, join.caller.number) == ("1.1", "sales", "138")


class TestPictureThatWeAskedFor:
    """Channels, Ping, queues, in this order; see snapshot.py for why."""

    @pytest.fixture(autouse=True)
    def _asked(self, wire: Wire) -> None:
        wire.feed.ask(frozenset({"c", "p", "q", "s"}))

    def test_it_is_one_batch_at_the_time_of_the_ping(self, wire: Wire) -> None:
        status = response("s", CoreStartupDate="2026-11-21", CoreStartupTime="17:46:30")
        deliveries = wire.says(status, *channels("c", "1.1"), pong("p", "1795283200.25"), *queues("q", "1.1"))

        assert kinds(deliveries) == [PICTURE]
        assert deliveries[0].at == 1795283200.25
        assert deliveries[0].events[-1] == fact.ResyncCompleted(
            channels_listed=True, switch_started=Timestamp(1795283190.0)
        )

    def test_events_in_between_follow_it_in_their_order(self, wire: Wire) -> None:
        deliveries = wire.says(
            hangup("7.1"),
            *channels("c", "1.1"),
            hangup("7.2", "1795283199.0"),
            pong("p", "1795283200.25"),
            hangup("7.3", "1795283201.0"),
            *queues("q", "1.1"),
            hangup("7.4"),
        )

        assert kinds(deliveries) == [["ChannelHungUp"], PICTURE, *([["ChannelHungUp"]] * 3)]
        assert [delivery.at for delivery in deliveries[1:4]] == [1795283201.0, 1795283199.0, 1795283201.0]

    def test_events_inside_a_list_are_not_taken_for_items(self, wire: Wire) -> None:
        head, params, *rest = queues("q", "1.1")
        deliveries = wire.says(head, params, joined("5.5"), *rest)

        assert kinds(deliveries) == [
            ["ResyncStarted", "QueueListed", "CallerListed", "ResyncCompleted"],
            ["CallerJoined"],
        ]

    def test_without_the_permission_for_channels_it_is_poorer_but_right(self, wire: Wire) -> None:
        denied = response("c", "Error", Message="Permission denied")
        deliveries = wire.says(denied, pong("p", "1795283200.25"), *queues("q"))

        assert deliveries[0].events[-1] == fact.ResyncCompleted(channels_listed=False)

    def test_what_was_held_is_not_lost_when_the_connection_ends(self, wire: Wire) -> None:
        assert not wire.says(*channels("c", "1.1"), hangup("7.2"))
        assert kinds(wire.feed.release()) == [["ChannelHungUp"]]

    def test_other_peoples_lists_make_no_picture(self, wire: Wire) -> None:
        assert not wire.says(*queues("foreign", "1.1"))


class TestPictureInARecordedStream:
    """Nobody knows which actions were sent; whatever list is there counts."""

    def test_queues_alone(self, wire: Wire) -> None:
        deliveries = wire.says(*queues("q", "1.1"), hangup("1.1"))

        assert kinds(deliveries) == [[*PICTURE[:3], "ResyncCompleted"], ["ChannelHungUp"]]

    def test_channels_directly_after_the_queues_belong_to_them(self, wire: Wire) -> None:
        assert kinds(wire.says(hangup("9.9"), *queues("q", "1.1"), *channels("c", "1.1"))) == [
            ["ChannelHungUp"],
            PICTURE,
        ]

    def test_channels_directly_before_the_queues_belong_to_them(self, wire: Wire) -> None:
        assert kinds(wire.says(*channels("c", "1.1"), *queues("q", "1.1"))) == [PICTURE]

    def test_an_event_between_the_lists_parts_them(self, wire: Wire) -> None:
        deliveries = wire.says(*queues("q", "1.1"), hangup("1.1"), *channels("c", "2.2"), *queues("r"))

        assert kinds(deliveries) == [
            [*PICTURE[:3], "ResyncCompleted"],
            ["ChannelHungUp"],
            ["ResyncStarted", "QueueListed", "ChannelListed", "ResyncCompleted"],
        ]

    def test_a_stream_may_end_with_a_list(self, wire: Wire) -> None:
        wire.says(hangup("9.9", "1795283300.5"))

        assert not wire.says(*queues("q"))
        (delivery,) = wire.feed.release()
        assert kinds([delivery]) == [["ResyncStarted", "QueueListed", "ResyncCompleted"]]
        assert delivery.at == 1795283300.5

    def test_an_unfinished_list_is_no_picture(self, wire: Wire) -> None:
        assert not wire.says(*queues("q", "1.1")[:-1])
        assert not wire.feed.release()


def test_an_absurd_stamp_lets_no_years_pass() -> None:
    """One event of the year 2239 would have the domain begin every day until then."""
    wire = Wire(PbxClock(lambda: LOCAL_NOW, lambda: 0.0))
    wire.says(event("QueueMemberPause", stamp=str(LOCAL_NOW + ARRIVED), **MEMBER))

    (absurd,) = wire.says(event("QueueMemberPause", stamp="8500000000.0", **MEMBER))

    assert absurd.at == LOCAL_NOW + ARRIVED


MEMBER = {"Queue": "sales", "Interface": "PJSIP/1001", "Paused": "1", "Status": "1"}


def test_what_means_nothing_is_counted_each_time_and_so_is_when_it_came(wire: Wire) -> None:
    idle = event("Newchannel", channel("7.1"))

    assert wire.says(idle) == []
    wire.counts.last_event_at = 0.0
    wire.says(idle, idle, idle)

    assert wire.counts.events["Newchannel"] == 4
    assert wire.counts.last_event_at == LOCAL_NOW + ARRIVED
    assert not wire.counts.errors


def test_an_event_smuggled_into_one_that_means_nothing_is_seen_each_time(wire: Wire) -> None:
    plain = event("Newchannel", channel("7.1"))
    forged = "1\r\n\r\nEvent: Hangup\r\nPrivilege: call,all\r\nUniqueid: 1.1\r\n\r\nx: y"
    torn = event("Newchannel", channel("7.2", number=forged))

    wire.says(plain)
    for times in (1, 2):
        assert wire.says(torn, plain) == []
        assert wire.counts.errors[ErrorKind.FORGED_EVENT] == times
    assert wire.counts.events["Newchannel"] == 5
    assert "Hangup" not in wire.counts.events


def test_a_variable_matters_by_its_name_alone(wire: Wire) -> None:
    other = event("VarSet", channel("7.1"), Variable="OTHER", Value="1")
    outcome = event("VarSet", channel("7.1"), Variable="QUEUESTATUS", Value="TIMEOUT")

    assert kinds(wire.says(other, outcome, other, outcome)) == [["QueueOutcomeSet"], ["QueueOutcomeSet"]]
    assert wire.counts.events["VarSet"] == 4


def test_who_looks_at_an_event_gets_it_though_it_was_passed_over_before(wire: Wire) -> None:
    idle = event("Newchannel", channel("7.1"))
    wire.says(idle, idle)
    seen: list[Message] = []
    wire.feed.watchers.append((frozenset({"Newchannel"}), seen.append))

    wire.says(idle)

    assert [message.get("uniqueid") for message in seen] == ["7.1"]
