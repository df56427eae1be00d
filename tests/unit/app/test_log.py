"""One pipeline for all loggers; nothing private passes."""

import io
import json
import logging

import structlog

from ctibridge.app.log import LogSettings, set_up


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_off_a_terminal_a_line_is_a_json_object_that_begins_with_time_level_and_event() -> None:
    stream = io.StringIO()
    set_up(LogSettings(), stream)
    structlog.get_logger("ctibridge.x").info("connected", pbx="客服")
    assert list(lines(stream)[0]) == ["timestamp", "level", "event", "pbx", "logger"]
    assert lines(stream)[0]["pbx"] == "客服"


def test_the_libraries_go_through_the_same_pipeline_from_warning_on() -> None:
    stream = io.StringIO()
    set_up(LogSettings(level="debug"), stream)
    logging.getLogger("panoramisk").info("sent %s", "Secret: x")
    logging.getLogger("aiohttp").warning("slow %s", "client")
    assert [(line["event"], line["level"]) for line in lines(stream)] == [("slow client", "warning")]


def test_the_level_is_for_our_own_loggers() -> None:
    stream = io.StringIO()
    set_up(LogSettings(level="warning"), stream)
    structlog.get_logger("ctibridge.x").info("not said")
    structlog.get_logger("ctibridge.x").warning("said")
    assert [line["event"] for line in lines(stream)] == ["said"]


def test_secrets_are_hidden_at_every_level_and_callers_from_info_on() -> None:
    stream = io.StringIO()
    set_up(LogSettings(level="debug"), stream)
    log = structlog.get_logger("ctibridge.x")
    log.debug("frame", secret="hunter2", caller="+49301234567")
    log.info("call", password="hunter2", caller_number="+49301234567")
    debug, info = lines(stream)
    assert (debug["secret"], debug["caller"]) == ("***", "+49301234567")
    assert (info["password"], info["caller_number"]) == ("***", "***")


def test_a_console_line_is_for_people_and_a_traceback_shows_no_variables() -> None:
    stream = io.StringIO()
    set_up(LogSettings(format="console"), stream)
    log = structlog.get_logger("ctibridge.x")

    def fail(secret: str) -> None:
        raise RuntimeError("a bug")

    try:
        fail("hunter2" * 1)
    except RuntimeError:
        log.exception("failed", pbx="pbx1")
    text = stream.getvalue()
    assert "failed" in text
    assert "pbx=pbx1" in text
    assert "RuntimeError: a bug" in text
    assert "secret = " not in text


def test_setting_up_twice_does_not_say_everything_twice() -> None:
    stream = io.StringIO()
    set_up(LogSettings(), stream)
    set_up(LogSettings(), stream)
    structlog.get_logger("ctibridge.x").info("once")
    assert len(lines(stream)) == 1


def test_a_name_from_outside_cannot_move_the_cursor_of_a_terminal() -> None:
    stream = io.StringIO()
    set_up(LogSettings(format="console"), stream)
    structlog.get_logger("ctibridge.test").warning("seen", name="\x1b[2Jevil", right="a\u202eb", plain="张三")

    assert r"\x1b[2Jevil" in stream.getvalue()
    assert "\x1b[2J" not in stream.getvalue()
    assert "\u202e" not in stream.getvalue()
    assert "张三" in stream.getvalue()


def test_who_looked_at_what_is_logged_at_every_level() -> None:
    stream = io.StringIO()
    set_up(LogSettings(level="error", format="json"), stream)
    structlog.get_logger("ctibridge.test").info("not this")
    structlog.get_logger("ctibridge.audit").info("callers were shown unmasked", user="boss")

    assert "not this" not in stream.getvalue()
    assert '"user": "boss"' in stream.getvalue()
