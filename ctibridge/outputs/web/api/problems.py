"""What can be wrong with a question: RFC 9457 problem details, one row a kind."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec

CONTENT_TYPE: Final = "application/problem+json"
PAGE: Final = "https://github.com/ctibridge/ctibridge/blob/main/docs/api.md"


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why there is no answer (RFC 9457)."""

    type: str
    """Address of the paragraph that explains this kind of problem; compare it, and not the texts."""
    title: str
    status: int
    detail: str
    """What is wrong with this very question."""
    parameter: str | None = None
    """Which parameter."""
    expected: str | None = None
    """What it may be."""


class ProblemKind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of problem."""

    name: str
    status: HTTPStatus
    title: str
    meaning: str
    """For the documentation."""

    @property
    def address(self) -> str:
        """The member ``type``."""
        return f"{PAGE}#{self.name}"


class ApiError(Exception):
    """A question that gets a problem for an answer."""

    def __init__(
        self, kind: ProblemKind, detail: str, *, parameter: str | None = None, expected: str | None = None
    ) -> None:
        super().__init__(detail)
        self.problem = Problem(
            type=kind.address,
            title=kind.title,
            status=kind.status.value,
            detail=detail,
            parameter=parameter,
            expected=expected,
        )


UNKNOWN_PARAMETER: Final = ProblemKind(
    name="unknown-parameter",
    status=HTTPStatus.BAD_REQUEST,
    title="This parameter does not exist here",
    meaning="A misspelled filter would otherwise silently be none. `expected` lists the parameters there are.",
)
BAD_VALUE: Final = ProblemKind(
    name="bad-value",
    status=HTTPStatus.BAD_REQUEST,
    title="The value of a parameter cannot be used",
    meaning="`parameter` and `expected` say which and what it may be. A parameter that is given twice is one, too.",
)
UNKNOWN_NAME: Final = ProblemKind(
    name="unknown-name",
    status=HTTPStatus.NOT_FOUND,
    title="There is nothing by this name",
    meaning="No such PBX, queue, agent or call, neither now nor in the history.",
)
NO_ROUTE: Final = ProblemKind(
    name="no-route",
    status=HTTPStatus.NOT_FOUND,
    title="There is no such address",
    meaning="The address is none of those on this page.",
)
NOT_ALLOWED: Final = ProblemKind(
    name="method-not-allowed",
    status=HTTPStatus.METHOD_NOT_ALLOWED,
    title="This address does not answer that method",
    meaning="Commands take POST, everything else GET and HEAD; the header `Allow` says which.",
)
NO_HISTORY: Final = ProblemKind(
    name="no-history",
    status=HTTPStatus.NOT_FOUND,
    title="No history is kept",
    meaning="`store.url` is empty.",
)
BAD_RANGE: Final = ProblemKind(
    name="bad-range",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="The stretch of time cannot be used",
    meaning="`from` is not before `to`, or there is more time between them than this address allows.",
)
BAD_CURSOR: Final = ProblemKind(
    name="bad-cursor",
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    title="There is no such page",
    meaning="`cursor` is not the `next` of an earlier answer from this address.",
)
EVENTS_GONE: Final = ProblemKind(
    name="events-gone",
    status=HTTPStatus.GONE,
    title="These events are not kept any more",
    meaning="`after` lies before the oldest event that is kept, or the numbers have begun anew (`epoch`). What was"
    " missed cannot be had: take the retained states for what is, and go on from `expected`.",
)
NOT_IN_SYNC: Final = ProblemKind(
    name="not-in-sync",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    title="The PBX cannot be seen now",
    meaning="Whether there is such a queue or agent is known when the bridge is in sync again; `/readyz` says more.",
)
STORE_FAILS: Final = ProblemKind(
    name="store-fails",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    title="The history cannot be read now",
    meaning="The database is away, damaged or busy; the log of the bridge says more.",
)
TOO_SLOW: Final = ProblemKind(
    name="too-slow",
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    title="The history took too long to read",
    meaning="The reading was ended for the sake of others; ask for less time, or for one queue or agent.",
)
TOKEN_MISSING: Final = ProblemKind(
    name="token-missing",
    status=HTTPStatus.UNAUTHORIZED,
    title="A token is needed",
    meaning="Send `Authorization: Bearer …` with a token from `ctibridge token add`. Without one only who is on the"
    " bridge's own machine is answered, and not through a proxy.",
)
TOKEN_REFUSED: Final = ProblemKind(
    name="token-refused",
    status=HTTPStatus.UNAUTHORIZED,
    title="This token is no good",
    meaning="It is unknown, expired or revoked, or `[[users]]` does not have its user any more.",
)
NOT_PERMITTED: Final = ProblemKind(
    name="not-permitted",
    status=HTTPStatus.FORBIDDEN,
    title="This may not be seen",
    meaning="The user's role, or the token's scopes, do not reach so far; or a token came in the clear.",
)
TOO_MANY_FAILURES: Final = ProblemKind(
    name="too-many-failures",
    status=HTTPStatus.TOO_MANY_REQUESTS,
    title="Too many tokens that were no good",
    meaning="From this address nobody new is listened to until the time in `Retry-After` is over.",
)
KINDS: Final = (
    UNKNOWN_PARAMETER,
    BAD_VALUE,
    BAD_RANGE,
    BAD_CURSOR,
    EVENTS_GONE,
    TOKEN_MISSING,
    TOKEN_REFUSED,
    NOT_PERMITTED,
    TOO_MANY_FAILURES,
    UNKNOWN_NAME,
    NO_ROUTE,
    NO_HISTORY,
    NOT_ALLOWED,
    NOT_IN_SYNC,
    STORE_FAILS,
    TOO_SLOW,
)
TITLES: Final[Mapping[HTTPStatus, str]] = {
    HTTPStatus.BAD_REQUEST: "A parameter cannot be used.",
    HTTPStatus.UNAUTHORIZED: "A token is missing or no good.",
    HTTPStatus.FORBIDDEN: "This may not be seen.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many tokens from this address were no good.",
    HTTPStatus.NOT_FOUND: "There is nothing by this name, or no history is kept.",
    HTTPStatus.GONE: "These events are not kept any more.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The stretch of time, or the cursor, cannot be used.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The PBX or the history cannot be seen now.",
}
"""How the description sums up the kinds of one status."""
