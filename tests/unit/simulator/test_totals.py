"""What a day of the demo adds up to is the same in AMI and in queue_log."""

from collections import Counter
from itertools import pairwise

import pytest

from ctibridge.simulator.demo_centre import demo_centre
from ctibridge.simulator.frames import Frame
from ctibridge.simulator.pbx import Pbx
from tests.unit.simulator.playing import START, Facts

HOUR = 3600.0


def played(seed: int) -> tuple[list[Frame], list[list[str]], Pbx]:
    pbx = Pbx(demo_centre(agents=10, seed=seed), START)
    frames = pbx.advance(START + HOUR)
    return frames, [record.split("|") for record in pbx.queue_log], pbx


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_events_and_records_agree(seed: int) -> None:
    frames, log, pbx = played(seed)
    facts = [dict(frame.headers) for frame in frames]
    events = Counter((fact["Event"], fact.get("Queue", "")) for fact in facts)
    records = Counter((record[4], record[2]) for record in log)

    for queue in ("support", "sales", "vip"):
        answered, ended = records["CONNECT", queue], records["COMPLETEAGENT", queue] + records["COMPLETECALLER", queue]
        left = records["ABANDON", queue] + records["EXITWITHTIMEOUT", queue] + records["EXITEMPTY", queue]
        waiting = waiting_in(pbx, queue)
        assert events["QueueCallerJoin", queue] == records["ENTERQUEUE", queue]
        assert events["QueueCallerAbandon", queue] == left
        assert events["AgentConnect", queue] == answered
        assert events["AgentComplete", queue] == ended
        assert events["AgentRingNoAnswer", queue] == records["RINGNOANSWER", queue]
        assert records["ENTERQUEUE", queue] == answered + left + records["EXITWITHKEY", queue] + waiting
        pauses = records["PAUSE", queue] + records["UNPAUSE", queue]
        assert events["QueueMemberPause", queue] == pauses
        assert answered > 10


@pytest.mark.parametrize("seed", [1, 2])
def test_durations_of_events_are_those_of_the_records(seed: int) -> None:
    frames, log, _ = played(seed)
    completes = [dict(frame.headers) for frame in frames if frame.event == "AgentComplete"]
    connects = [dict(frame.headers) for frame in frames if frame.event == "AgentConnect"]

    assert [(fact["HoldTime"], fact["RingTime"]) for fact in connects] == [
        (record[5], record[7]) for record in log if record[4] == "CONNECT"
    ]
    assert [(fact["HoldTime"], fact["TalkTime"]) for fact in completes] == [
        (record[5], record[6]) for record in log if record[4].startswith("COMPLETE")
    ]


def test_every_telephone_that_rings_stops_ringing() -> None:
    frames, _, pbx = played(4)
    facts = [dict(frame.headers) for frame in frames]

    rung = {fact["DestUniqueid"] for fact in facts if fact["Event"] == "AgentCalled"}
    ended = {fact["DestUniqueid"] for fact in facts if fact["Event"] == "DialEnd"}
    still = {reply["uniqueid"] for reply in answer(pbx, "CoreShowChannels") if reply.get("channelstate") in {"0", "5"}}
    assert rung - ended <= still


def test_timestamps_grow_from_event_to_event() -> None:
    frames, _, _ = played(5)

    stamps = [frame.stamp for frame in frames]
    assert all(earlier < later for earlier, later in pairwise(stamps))


def test_the_same_seed_gives_the_same_day_and_another_seed_another() -> None:
    first, again, other = (played(seed)[1] for seed in (7, 7, 8))

    assert first == again
    assert first != other


def waiting_in(pbx: Pbx, queue: str) -> int:
    params = [reply for reply in answer(pbx, "QueueStatus", queue=queue) if reply.get("event") == "QueueParams"]
    return int(params[0]["calls"])


def answer(pbx: Pbx, action: str, **headers: str) -> list[Facts]:
    replies = pbx.act({"action": action, **headers}, START + HOUR)
    return [{name.lower(): value for name, value in reply} for reply in replies]
