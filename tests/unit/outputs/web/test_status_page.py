"""The page at `/`."""

import msgspec
import pytest

from ctibridge.domain.views import AgentState
from ctibridge.outputs.web.status_page import CONTENT_SECURITY_POLICY, duration, percent, status_page
from ctibridge.outputs.web.words import CHINESE, ENGLISH, Words, words
from tests.unit.outputs.facts import agent_on_call, agent_view, queue_view
from tests.unit.outputs.web.shown import Shown, picture

BUSY = {"pbx1": picture(queues=[queue_view(waiting=2)], agents=[agent_on_call(), agent_view("1002")])}


def page(shown: Shown, language: Words = ENGLISH) -> str:
    return status_page(shown, language)


def test_it_shows_queues_and_agents_as_they_stand() -> None:
    html = page(Shown(BUSY))
    for text in ("客户服务", ">2<", ">5:00<", "ready 1 · on a call 1", "as of 22:18:20", ">1001<", "on a call"):
        assert text in html


def test_it_shows_no_names_and_no_callers() -> None:
    html = page(Shown(BUSY))
    for private in ("Ann", "王小明", "王", "1234567", "567", "1700000000.7"):
        assert private not in html


def test_it_speaks_chinese() -> None:
    paused = msgspec.structs.replace(agent_view(state=AgentState.NOT_READY), reason="away")
    html = page(Shown({"pbx1": picture(agents=[paused])}), CHINESE)
    assert '<html lang="zh">' in html
    assert "示忙 · 暂离" in html


@pytest.mark.parametrize(
    ("wanted", "found"), [("zh", CHINESE), ("zh-CN,en;q=0.8", CHINESE), ("de", ENGLISH), ("", ENGLISH)]
)
def test_an_unknown_language_is_english(wanted: str, found: Words) -> None:
    assert words(wanted) is found


def test_both_languages_have_a_word_for_every_state() -> None:
    assert set(ENGLISH.states) == set(CHINESE.states) == set(AgentState)


def test_what_outsiders_may_name_is_escaped() -> None:
    nasty = '<img src=x onerror="alert(1)">'
    queue = msgspec.structs.replace(queue_view(nasty, waiting=1), label=nasty)
    paused = msgspec.structs.replace(agent_view(nasty, AgentState.NOT_READY), reason=nasty)
    html = page(Shown({nasty: picture(queues=[queue], agents=[paused])}))
    assert "<img" not in html
    assert html.count("&lt;img") >= 4


def test_it_says_when_it_cannot_know() -> None:
    html = page(Shown({"pbx1": picture(is_synced=False)}))
    assert "no connection to the PBX" in html
    assert "No queues are known yet." in html


def test_it_needs_no_script_no_style_attribute_and_no_refresh() -> None:
    """So that the policy can forbid everything but the one style sheet."""
    html = page(Shown(BUSY))
    for forbidden in ("<script", " style=", "http-equiv", " on"):
        assert forbidden not in html.replace(" on a call", "")
    assert "default-src 'none'; style-src 'sha256-" in CONTENT_SECURITY_POLICY


def test_who_is_logged_out_is_not_on_the_page() -> None:
    html = page(Shown({"pbx1": picture(agents=[agent_view("1001"), agent_view("1002", AgentState.LOGGED_OUT)])}))
    assert ">1001<" in html
    assert ">1002<" not in html


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, "–"), (-1.0, "0:00"), (7.9, "0:07"), (725.0, "12:05"), (3723.0, "1:02:03")]
)
def test_durations_are_minutes_and_hours(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_ratios_are_whole_percent() -> None:
    assert (percent(None), percent(0.8265), percent(1.0)) == ("–", "83 %", "100 %")
