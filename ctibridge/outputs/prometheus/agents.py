"""The families of agents: by far the most samples of a scrape."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ctibridge.domain.picture import AgentPicture
from ctibridge.domain.views import AgentState
from ctibridge.outputs.prometheus import names
from ctibridge.outputs.prometheus.sheet import Sheet
from ctibridge.outputs.prometheus.turns import AGENTS_A_PIECE, Rest, in_pieces

STATES: Final = tuple(state.value for state in AgentState)


def add_agents(  # noqa: PLR0913 - what there is, and how much of it is shown
    sheet: Sheet,
    pbx: str,
    agents: Sequence[AgentPicture],
    *,
    cap: int,
    is_seen: bool,
    limited: Iterable[str],
    rest: Rest,
) -> None:
    """As many agents as the cap allows; their present states only while they can be seen.

    ``limited``: the codes of reasons that have a limit, as the limits themselves are labelled.
    """
    codes = {code.casefold(): code for code in limited}
    sheet.add(names.AGENTS_NOT_EXPORTED, (pbx,), max(0, len(agents) - cap))
    for picture in in_pieces(agents[:cap], AGENTS_A_PIECE, rest):
        who = (pbx, picture.view.agent)
        _add_counts(sheet, who, picture)
        if is_seen:
            _add_present(sheet, who, picture, codes)


def _add_counts(sheet: Sheet, who: tuple[str, str], picture: AgentPicture) -> None:
    view, totals = picture.view, picture.totals
    sheet.add(names.AGENT_INFO, (*who, view.name, view.team or ""), 1)
    sheet.add(names.AGENT_RING_NO_ANSWER, who, totals.ring_no_answer)
    sheet.add(names.AGENT_LATE_ANSWERS, who, totals.late_answers)
    for state in STATES:
        sheet.add(names.AGENT_STATE_SECONDS, (*who, state), totals.state_seconds.get(state, 0))
    for queue, count in totals.answered.items():
        sheet.add(names.AGENT_ANSWERED, (*who, queue), count)
    for reason, count in totals.limits_exceeded.items():
        sheet.add(names.AGENT_LIMIT_EXCEEDED, (*who, reason), count)


def _add_present(sheet: Sheet, who: tuple[str, str], picture: AgentPicture, codes: Mapping[str, str]) -> None:
    present = picture.view.state.value
    for state in STATES:
        sheet.add(names.AGENT_STATE, (*who, state), int(state == present))
    sheet.add(names.AGENT_STATE_START, who, picture.view.since)
    limit = picture.view.limit
    if limit is not None:
        reason = picture.view.reason or ""
        sheet.add(names.AGENT_LIMIT_DEADLINE, (*who, codes.get(reason.casefold(), reason)), limit.deadline)
