"""The field's ratios and means, one function each, as functions of counts.

Letters as in the rule book: A answered, Aw answered within the threshold, B abandoned, Bw abandoned within the
threshold, Bs short abandons.  Ratios are 0 to 1; ``None`` means that nothing has happened yet to divide by.
The worked example of every service level: A=1000 B=60 Aw=860 Bw=20 Bs=10.
"""

from collections.abc import Mapping
from math import ceil

from ctibridge.domain.units import Seconds


def quotient(part: float, whole: float) -> float | None:
    """Part / whole, where a rule's metric is no more than that.  Example: 3 of 4 is 0.75."""
    return _ratio(part, whole)


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator > 0 else None


def service_level_handled(answered_within: int, answered: int) -> float | None:
    """Aw / A, abandons left out altogether.  Example: 86.00 %."""
    return _ratio(answered_within, answered)


def service_level_without_abandon(
    answered_within: int, answered: int, abandoned: int, abandoned_within: int
) -> float | None:
    """Aw / (A + B - Bw), callers who gave up in time left out.  Example: 82.69 %."""
    return _ratio(answered_within, answered + abandoned - abandoned_within)


def service_level_positive(answered_within: int, answered: int, abandoned: int, abandoned_within: int) -> float | None:
    """(Aw + Bw) / (A + B), callers who gave up in time count as served.  Example: 83.02 %."""
    return _ratio(answered_within + abandoned_within, answered + abandoned)


def service_level_negative(answered_within: int, answered: int, abandoned: int) -> float | None:
    """Aw / (A + B), every abandon counts as a failure.  Example: 81.13 %."""
    return _ratio(answered_within, answered + abandoned)


def service_level_net(answered_within: int, answered: int, abandoned: int, abandoned_short: int) -> float | None:
    """Aw / (A + B - Bs), misdialled calls left out.  Example: 81.90 %."""
    return _ratio(answered_within, answered + abandoned - abandoned_short)


def answer_rate(answered: int, offered: int) -> float | None:
    """A / offered.  Example: 85 of 100 is 0.85."""
    return _ratio(answered, offered)


def abandon_rate(abandoned: int, offered: int) -> float | None:
    """B / offered, short abandons included.  Example: 60 of 1060 is 5.66 %."""
    return _ratio(abandoned, offered)


def abandon_rate_net(abandoned: int, abandoned_short: int, offered: int) -> float | None:
    """(B - Bs) / (offered - Bs).  Example: 60 of 1060, 10 of them short: 50 of 1050 is 4.76 %."""
    return _ratio(abandoned - abandoned_short, offered - abandoned_short)


def late_answer_rate(late: int, answered: int) -> float | None:
    """Late answers / A.  Example: 200 of 1000 is 0.2."""
    return _ratio(late, answered)


def speed_of_answer(wait_of_answered: Seconds, answered: int) -> Seconds | None:
    """ASA: the waits of answered calls / A, in seconds.  Example: 12,000 s over 1000 calls is 12 s."""
    return _mean(wait_of_answered, answered)


def mean_abandon_wait(wait_of_abandoned: Seconds, abandoned: int) -> Seconds | None:
    """The waits of abandoned calls / B, in seconds.  Example: 1,800 s over 60 calls is 30 s."""
    return _mean(wait_of_abandoned, abandoned)


def mean_talk(talk: Seconds, completed: int) -> Seconds | None:
    """Conversation from answer to end, customer hold included, / completed calls, in seconds."""
    return _mean(talk, completed)


def mean_handle(talk: Seconds, wrap_up: Seconds, completed: int) -> Seconds | None:
    """AHT: (talk with its hold + wrap-up) / completed calls, in seconds.

    Example: 270,000 s of talk, of which 20,000 s hold, and 60,000 s wrap-up over 1000 calls is 330 s.
    """
    return _mean(Seconds(talk + wrap_up), completed)


def occupancy(busy: Seconds, wrap_up: Seconds, ready: Seconds) -> float | None:
    """(busy + wrap-up) / (busy + wrap-up + ready); paused time is outside.  Example: 24 min, 3 min, 3 min is 0.9."""
    return _ratio(busy + wrap_up, busy + wrap_up + ready)


def transfer_rate(transferred: int, answered: int) -> float | None:
    """Transferred / A.  Example: 20 of 1000 is 0.02."""
    return _ratio(transferred, answered)


def blocked_rate(refused: int, offered: int) -> float | None:
    """Refused / (refused + offered).  Example: 3 refused, 97 offered is 0.03."""
    return _ratio(refused, refused + offered)


def mean_wait(wait: Seconds, left: int) -> Seconds | None:
    """The waits of all who left the queue, answered or not, / their number, in seconds.

    Example: 13,800 s over 1060 callers is 13.02 s.
    """
    return _mean(wait, left)


def mean_hold(hold: Seconds, completed: int) -> Seconds | None:
    """Customer hold within conversations / completed calls, in seconds.  Example: 20,000 s over 1000 is 20 s."""
    return _mean(hold, completed)


def mean_wrap_up(wrap_up: Seconds, completed: int) -> Seconds | None:
    """After-call work / completed calls, in seconds.  Example: 60,000 s over 1000 calls is 60 s."""
    return _mean(wrap_up, completed)


def percentile(waits: Mapping[float, int], percent: float) -> Seconds | None:
    """Nearest rank: the shortest wait that at least ``percent`` % of the waits do not exceed; how often by seconds.

    It is always a wait that somebody had, nothing is interpolated.
    Example: of the ten waits 1, 2, … 10 s, 50 % is 5 s, 90 % is 9 s, 95 % is 10 s.
    """
    rank = ceil(sum(waits.values()) * percent / 100)
    for seconds in sorted(waits):
        rank -= waits[seconds]
        if waits[seconds] and rank <= 0:
            return Seconds(seconds)
    return None


def within_rings_rate(within: int, known: int) -> float | None:
    """Answers within so many rings / answers whose ring time is known.  Example: 9 of 10 is 0.9."""
    return _ratio(within, known)


def calls_per_hour(answered: int, logged_in: Seconds) -> float | None:
    """A / logged-in hours, pauses included.  Example: 52 calls in 6.5 hours (23,400 s) are 8 an hour."""
    return _ratio(answered, logged_in / 3600)


def repeat_rate(repeated: int, known: int) -> float | None:
    """Calls of a number that had called in the 30 days before / calls with a number.  Example: 15 of 100 is 0.15."""
    return _ratio(repeated, known)


def usual_inflow(earlier: Mapping[float, int]) -> float | None:
    """Mean offered calls of the same hour on earlier days on which calls were recorded, by day.

    Example: 40, 44, 36 calls on three of the last seven days, none recorded on the others: 40.
    """
    return _ratio(sum(earlier.values()), len(earlier))


def inflow_deviation(offered: int, usual: float) -> float | None:
    """(Offered - usual) / usual; above 0 is more than usual.  Example: 42 against 40 is +5 %."""
    return _ratio(offered - usual, usual)


def is_unusual_inflow(offered: int, usual: float, share: float = 0.05, least: int = 20) -> bool:
    """Off by more than ``share``, where at least ``least`` calls came or are usual: fewer deviate by chance.

    Example: 43 against 40 (+7.5 %) is unusual, 42 (+5 %) is not, and 6 against 3 says nothing.
    """
    deviation = inflow_deviation(offered, usual)
    return deviation is not None and abs(deviation) > share and max(offered, usual) >= least


def _mean(total: Seconds, count: int) -> Seconds | None:
    return Seconds(total / count) if count > 0 else None
