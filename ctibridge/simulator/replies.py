"""The frames that answer an action."""

from collections.abc import Mapping

from ctibridge.simulator.frames import Header

Action = Mapping[str, str]
"""Header names in lower case."""
Reply = tuple[Header, ...]


def action_id(action: Action) -> Reply:
    """The ActionID with which the client will know its answer; nothing when it sent none."""
    return (("ActionID", action["actionid"]),) if action.get("actionid") else ()


def response(kind: str, action: Action, *headers: Header) -> Reply:
    """An answer."""
    return (("Response", kind), *action_id(action), *headers)


def error(action: Action, message: str) -> Reply:
    """A refusal."""
    return response("Error", action, ("Message", message))


def list_of(action: Action, message: str, complete: str, items: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """An answer that is a list."""
    return (
        response("Success", action, ("EventList", "start"), ("Message", message)),
        *items,
        (("Event", complete), *action_id(action), ("EventList", "Complete"), ("ListItems", str(len(items)))),
    )
