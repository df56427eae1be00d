"""The page at ``/status``: how queues and agents stand at this moment, rendered here, without a script.

It shows no names and no caller numbers, so that it may be put on any screen.  Everything that came from the PBX passes
through ``markup.element``, which escapes it.
"""

import base64
import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from ctibridge.domain.picture import AgentPicture, Picture, QueuePicture
from ctibridge.domain.units import Timestamp
from ctibridge.domain.views import AgentState, AgentView, MemberCounts
from ctibridge.outputs.markup import Content, Markup, document, element, style
from ctibridge.outputs.web.provider import Provider
from ctibridge.outputs.web.stylesheet import CSS, WIDEST
from ctibridge.outputs.web.words import Words

NOTHING: Final = "–"

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()}'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
"""The page's own style sheet and nothing else: an injected script or image would not be loaded."""

BAR_ORDER: Final = (
    AgentState.READY,
    AgentState.RINGING,
    AgentState.BUSY,
    AgentState.WRAP_UP,
    AgentState.NOT_READY,
    AgentState.UNREACHABLE,
)


def status_page(provider: Provider, words: Words) -> str:
    """The whole page for all PBXs."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", f"{words.title} · ctibridge"),
        style(CSS),
    )
    sections = [_pbx(name, picture, words, provider) for name, picture in provider.pictures().items()]
    return document(words.language, head, element("body", _header(words), element("main", *sections)))


def _header(words: Words) -> Markup:
    return element(
        "header",
        element("h1", words.title),
        element(
            "nav",
            element("a", words.reload, href=f"?lang={words.language}"),
            element("a", words.other_language_name, href=f"?lang={words.other_language}", lang=words.other_language),
        ),
    )


def _pbx(name: str, picture: Picture, words: Words, provider: Provider) -> Markup:
    at = datetime.fromtimestamp(picture.at, provider.timezone).strftime("%H:%M:%S")
    status = words.in_sync if picture.is_synced else words.not_in_sync
    return element(
        "section",
        element(
            "h2",
            element("span", name, class_="pbx"),
            element("span", status, class_="badge good" if picture.is_synced else "badge bad"),
            element("small", f"{words.as_of} {at}"),
        ),
        _queues(picture.queues, picture.at, words),
        _agents(picture.agents, picture.at, words, provider),
    )


def _queues(queues: Iterable[QueuePicture], at: Timestamp, words: Words) -> Markup:
    cards = [_queue(queue, at, words) for queue in sorted(queues, key=lambda queue: queue.view.queue)]
    return element("div", *cards, class_="cards") if cards else element("p", words.no_queues, class_="empty")


def _queue(picture: QueuePicture, at: Timestamp, words: Words) -> Markup:
    view, day = picture.view, picture.totals.stats(at).day
    wait = None if view.oldest_since is None else at - view.oldest_since
    is_late = wait is not None and wait > view.service_level.threshold_seconds
    name = element("small", view.queue) if view.label != view.queue else None
    return element(
        "article",
        element("h3", view.label, " ", name),
        element(
            "div",
            _figure(words.waiting, view.waiting, "late" if is_late else "busy" if view.waiting else ""),
            _figure(words.longest_wait, duration(wait), "late" if is_late else ""),
            class_="figures",
        ),
        _members(view.members, words),
        element(
            "dl",
            *_pair(words.offered, day.counts.offered),
            *_pair(words.answered, day.counts.answered),
            *_pair(words.abandoned, day.counts.abandoned),
            *_pair(
                f"{words.service_level} ≤ {view.service_level.threshold_seconds} s", percent(day.service_level.negative)
            ),
            *_pair(words.speed_of_answer, duration(day.speed_of_answer_seconds)),
        ),
    )


def _members(members: MemberCounts, words: Words) -> Markup:
    counts = [(state, int(getattr(members, state.value))) for state in BAR_ORDER]
    shown = [(state, count) for state, count in counts if count]
    text = " · ".join(f"{words.states[state]} {count}" for state, count in shown)
    bars = [
        element("i", class_=f"{state.value} n{min(count, WIDEST)}", title=words.states[state]) for state, count in shown
    ]
    return element(
        "div",
        element("p", element("b", words.staff), f" {members.total}", class_="staff"),
        element(
            "div",
            *bars,
            class_="bar",
            role="img",
            aria_label=text or NOTHING,
        ),
        element("p", text or NOTHING, class_="legend"),
    )


def _agents(agents: Iterable[AgentPicture], at: Timestamp, words: Words, provider: Provider) -> Markup:
    views = sorted((agent.view for agent in agents), key=lambda view: view.agent)
    present = [view for view in views if view.state is not AgentState.LOGGED_OUT]
    if not present:
        return element("p", words.no_agents, class_="empty")
    titles = (words.agent, words.state, words.since, words.queue, words.calls)
    rows = [_agent(view, at, words, provider.reason_label(view.reason, words.language)) for view in present]
    return element(
        "table",
        element("caption", words.agents),
        element("thead", element("tr", *(element("th", title, scope="col") for title in titles))),
        element("tbody", *rows),
    )


def _agent(view: AgentView, at: Timestamp, words: Words, reason: str | None) -> Markup:
    state = words.states[view.state] + (f" · {reason}" if reason and view.state is AgentState.NOT_READY else "")
    return element(
        "tr",
        element("th", view.agent, scope="row"),
        element("td", element("span", state, class_=f"state {view.state.value}")),
        element("td", duration(at - view.since), class_="number"),
        element("td", view.call.queue if view.call else NOTHING),
        element("td", view.today.answered, class_="number"),
    )


def _figure(label: str, value: Content, class_: str) -> Markup:
    return element("p", element("strong", value, class_=class_), element("span", label))


def _pair(label: str, value: Content) -> tuple[Markup, Markup]:
    return element("dt", label), element("dd", value)


def duration(seconds: float | None) -> str:
    """Seconds as people read them: ``0:07``, ``12:05``, ``1:02:03``."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(ratio: float | None) -> str:
    """A ratio from 0 to 1 as whole percent."""
    return NOTHING if ratio is None else f"{ratio * 100:.0f} %"
