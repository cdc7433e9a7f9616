"""Logs are events with fields, one JSON object a line; whatever is logged stays in its line."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

_ROOT: Final = Path(__file__).parents[3]

# In a process of its own: what is configured there is configured for good.
PROGRAM: Final = """
import logging, sys, threading, warnings
import structlog
from shared.logs import configure_logs, logger

configure_logs("billing", level=sys.argv[1], as_json=sys.argv[2] == "json")
log = logger("shared.tried")
log.info("started", port=8100, name="Ñandú", nothing=None)
log.debug("too_small")

# As the HTTP application begins every request.
structlog.contextvars.clear_contextvars()
structlog.contextvars.bind_contextvars(correlation_id="c-1", actor="ana")
log.info("asked")
log.warning("forged", text='line\\n{"event": "fake"}\\r\\x1b[2J\\u2028', half="\\ud800")
logging.getLogger("uvicorn.error").info("from %s\\nelsewhere", "a library")
log.info("odd", thing=object(), raw=b"\\xff", keys={1: 2}, level="none", service="certification")
log.info("percent %s %d")
for noisy in ("aiokafka.consumer", "httpx", "faststream"):
    logging.getLogger(noisy).info("chatter")
    logging.getLogger(noisy).warning("trouble")
warnings.warn("careful")

def collect(secret):
    raise ValueError("no\\nsuch thing")

try:
    collect("hunter2")
except ValueError as error:
    log.exception("failed")
    log.error("failed_too", exc_info=error)
    logging.getLogger("asyncio").exception("failed elsewhere")
thread = threading.Thread(target=lambda: log.info("beside"))
thread.start()
thread.join()
print("answer")
"""


@cache
def written(level: str = "INFO", form: str = "json") -> tuple[str, str]:
    """Return what the program writes to standard error and to standard output."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, level, form],
        capture_output=True,
        text=True,
        check=True,
        cwd=_ROOT,
        encoding="utf-8",
    )
    return done.stderr, done.stdout


def lines(level: str = "INFO") -> list[dict[str, Any]]:
    """Return the lines of the log, each of which has to be a JSON object by itself."""
    found = [json.loads(line) for line in written(level)[0].split("\n")[:-1]]
    assert all(isinstance(line, dict) for line in found)
    return found


def line(event: str) -> dict[str, Any]:
    """Return the one line of an event."""
    [found] = [one for one in lines() if one["event"] == event]
    return found


def test_the_answer_of_a_program_is_not_mixed_with_its_log() -> None:
    assert written()[1] == "answer\n"


def test_every_line_says_what_when_how_bad_and_which_service() -> None:
    for one in lines():
        assert one["event"]
        assert one["level"] in ("info", "warning", "error")
        assert one["service"] in ("billing", "certification")
        at = datetime.fromisoformat(one["timestamp"])
        assert at.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - at) < timedelta(hours=1)


def test_fields_stay_fields() -> None:
    found = line("started")
    assert (found["port"], found["name"], found["nothing"]) == (8100, "Ñandú", None)


def test_every_line_of_a_request_has_its_correlation_id_also_those_of_libraries() -> None:
    first = [one["event"] for one in lines()].index("asked")
    *during, beside = lines()[first:]
    assert {one["correlation_id"] for one in during} == {"c-1"}
    assert {one["actor"] for one in during} == {"ana"}
    assert "correlation_id" not in line("started")
    assert "correlation_id" not in beside


@pytest.mark.parametrize("event", ["asked", "beside", "from a library\nelsewhere"])
def test_the_service_is_named_in_a_request_in_a_thread_and_by_a_library(event: str) -> None:
    assert line(event)["service"] == "billing"


def test_what_a_caller_sends_cannot_begin_a_line_or_steer_a_terminal() -> None:
    assert not [one for one in lines() if one["event"] == "fake"]
    assert line("forged")["text"] == 'line\n{"event": "fake"}\r\x1b[2J\u2028'
    assert not set(written()[0]) & {"\r", "\x1b", "\u2028"}


def test_what_json_has_no_word_for_is_written_all_the_same() -> None:
    found = line("odd")
    assert found["thing"].startswith("<object object")
    assert found["raw"] == "b'\\xff'"
    assert found["keys"] == {"1": 2}
    assert found["level"] == "info", "the level is the logger's to say"


def test_percent_signs_are_text() -> None:
    assert line("percent %s %d")["level"] == "info"


@pytest.mark.parametrize("event", ["failed", "failed_too", "failed elsewhere"])
def test_an_exception_is_part_of_its_line_without_the_values_it_met(event: str) -> None:
    found = line(event)
    assert found["level"] == "error"
    assert "in collect" in found["exception"]
    assert "ValueError: no\nsuch thing" in found["exception"]
    assert "hunter2" not in found["exception"].replace('collect("hunter2")', "")


def test_libraries_that_chatter_are_heard_only_when_in_trouble() -> None:
    assert [one["event"] for one in lines()].count("trouble") == 3
    assert "chatter" not in [one["event"] for one in lines()]


def test_a_warning_of_the_interpreter_is_a_line_like_any_other() -> None:
    [found] = [one for one in lines() if "UserWarning: careful" in one["event"]]
    assert found["level"] == "warning"


def test_less_is_written_at_a_higher_level_and_more_at_a_lower() -> None:
    assert {one["level"] for one in lines("ERROR")} == {"error"}
    assert "too_small" in [one["event"] for one in lines("DEBUG")]
    assert "too_small" not in [one["event"] for one in lines()]


def test_for_reading_there_are_no_values_of_variables_either() -> None:
    text = written(form="plain")[0]
    assert "started" in text
    assert "port" in text
    assert "ValueError: no" in text
    assert "hunter2" not in text.replace('collect("hunter2")', "")
    with pytest.raises(json.JSONDecodeError):
        json.loads(text.split("\n")[0])
