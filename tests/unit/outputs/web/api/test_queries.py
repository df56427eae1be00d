import pytest

from ctibridge.outputs.web.api.paging import cursor_of, key_of
from ctibridge.outputs.web.api.problems import ApiError
from ctibridge.outputs.web.api.queries import (
    CallsQuery,
    IntervalsQuery,
    RangeQuery,
    expected,
    parameters_of,
    read_query,
)


def test_nothing_given_is_the_defaults() -> None:
    assert read_query(CallsQuery, []) == CallsQuery()
    assert read_query(IntervalsQuery, []).step == "30m"


def test_a_name_may_look_like_a_number_or_like_nothing() -> None:
    query = read_query(CallsQuery, [("queue", "500"), ("agent", "null")])
    assert (query.queue, query.agent) == ("500", "null")


@pytest.mark.parametrize("text", ["null", "", "Answered", "answered,lost"])
def test_an_outcome_is_one_of_a_few_words(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        read_query(CallsQuery, [("outcome", text)])
    assert caught.value.problem.parameter == "outcome"
    assert caught.value.problem.expected == "one of abandoned, answered, exited, lost, waiting"


def test_a_parameter_that_is_given_twice_is_refused() -> None:
    with pytest.raises(ApiError) as caught:
        read_query(RangeQuery, [("limit", "1"), ("limit", "2")])
    assert caught.value.problem.detail == "'limit' is given twice"


def test_an_unknown_parameter_is_told_which_there_are() -> None:
    with pytest.raises(ApiError) as caught:
        read_query(RangeQuery, [("From", "1")])
    assert caught.value.problem.expected == "from, to, limit, cursor"


@pytest.mark.parametrize("kind", [CallsQuery, IntervalsQuery])
def test_every_parameter_is_described(kind: type[CallsQuery]) -> None:
    for name, schema in parameters_of(kind).items():
        assert schema["description"].endswith("."), name
        assert expected(schema), name


def test_a_cursor_gives_its_key_back_to_the_last_bit() -> None:
    key = (1_700_000_000.1234567, "客服", "1.1", 3)
    assert key_of(cursor_of(key), (float, str, str, int)) == key


@pytest.mark.parametrize("cursor", ["x", "é", "", "bnVsbA", "W10", cursor_of(("a", 1)), cursor_of((1, 1 << 70))])
def test_a_cursor_of_somebody_else_is_refused(cursor: str) -> None:
    with pytest.raises(ApiError):
        key_of(cursor, (float, int))
