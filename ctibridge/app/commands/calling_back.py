"""Who gave up and is to be called back, for whoever may see the queue."""

from collections.abc import Sequence
from typing import Final, Protocol

from ctibridge.app.commands.doing import Doing
from ctibridge.app.commands.outcome import failed, refused
from ctibridge.domain.answers import Callback, Callbacks
from ctibridge.domain.roles import Role
from ctibridge.domain.sight import sight_of
from ctibridge.domain.units import AgentId, Seconds, Timestamp
from ctibridge.outputs.web.api.history import HistoryError

BACK: Final = Seconds(2 * 86_400)
"""A day to call back in, and one more in which it is seen that nobody did."""
MOST: Final = 100
"""Of one answer, the oldest first."""


class PastCallers(Protocol):
    """What is kept of callers; both raise HistoryError."""

    async def queues(self, pbx: str) -> frozenset[str]:
        """Names of queues that have calls."""

    async def unreached(
        self, pbx: str, *, queues: frozenset[str] | None, since: Timestamp, now: Timestamp, limit: int
    ) -> Sequence[Callback]:
        """Those who called since then, gave up, and have not been reached, the oldest first."""


async def callbacks(doing: Doing, past: PastCallers | None, now: Timestamp) -> Callbacks:
    """Who is to be called back; raises NotDoneError."""
    if past is None:
        raise refused("not_kept", "no history is kept: there is no store")
    since = Timestamp(now - BACK)
    try:
        queues = await _queues(doing, past)
        found = await past.unreached(doing.ground.pbx, queues=queues, since=since, now=now, limit=MOST)
    except HistoryError as error:
        raise failed("not_kept", "the store does not answer") from error
    return Callbacks(since=since, callbacks=tuple(found))


async def _queues(doing: Doing, past: PastCallers) -> frozenset[str] | None:
    """An agent's own, and of everybody else those that may be seen; ``None`` is all."""
    sight = sight_of(doing.user, doing.ground.policy.teams)
    if doing.user.role is Role.AGENT:
        view = doing.ground.agent(AgentId(doing.user.agent))
        return frozenset(queue for queue in view.queues if sight.has_queue(queue)) if view else frozenset()
    if sight.queues is None:
        return None
    return frozenset(filter(sight.has_queue, await past.queues(doing.ground.pbx)))
