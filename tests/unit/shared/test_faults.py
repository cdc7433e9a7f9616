"""The grammar of SCOREBOOK_FAULTS, and that faults strike where they are told to and nowhere else."""

import os
import re
import signal
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging import faults
from shared.messaging.faults import Faults

POINTS: Final = sorted(faults._POINTS)
_SHARED: Final = Path(faults.__file__).parents[1]

Struck = list[signal.Signals]


@pytest.fixture
def struck(monkeypatch: pytest.MonkeyPatch) -> Struck:
    """The signals this process would have got."""
    signals: Struck = []

    def note(pid: int, sent: signal.Signals) -> None:
        assert pid == os.getpid()
        signals.append(sent)

    monkeypatch.setattr("shared.messaging.faults.os.kill", note)
    return signals


def pattern(specification: str, struck: Struck, draws: int = 64) -> list[bool]:
    """Return at which of `draws` passes through a point the fault struck."""
    made = Faults(specification)
    found = []
    for _ in range(draws):
        before = len(struck)
        made.point("before_commit")
        found.append(len(struck) > before)
    return found


@pytest.mark.parametrize("specification", ["", " ", ",", " , ,", "seed:7"])
def test_without_faults_nothing_strikes_and_nothing_doubles(specification: str, struck: Struck) -> None:
    made = Faults(specification)
    for point in POINTS:
        made.point(point)
    assert struck == []
    assert made.duplicate is False


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize(("kind", "sent"), [("kill", signal.SIGKILL), ("stop", signal.SIGSTOP)])
def test_a_certain_fault_strikes_at_its_point_only(kind: str, sent: signal.Signals, point: str, struck: Struck) -> None:
    made = Faults(f"{kind}:{point}:1")
    for other in POINTS:
        if other != point:
            made.point(other)
    assert struck == []
    made.point(point)
    assert struck == [sent]


@pytest.mark.parametrize("probability", ["0", "0.0", "-0"])
def test_a_fault_of_probability_zero_never_strikes(probability: str, struck: Struck) -> None:
    assert not any(pattern(f"kill:before_commit:{probability}", struck, 1000))


@pytest.mark.parametrize("probability", ["1", "1.0", "1e0"])
def test_a_fault_of_probability_one_always_strikes(probability: str, struck: Struck) -> None:
    assert all(pattern(f"kill:before_commit:{probability}", struck, 1000))


def test_in_between_it_strikes_about_as_often_as_it_says(struck: Struck) -> None:
    assert 800 < sum(pattern("seed:1,kill:before_commit:0.25", struck, 4000)) < 1200


def test_the_same_seed_draws_the_same_in_one_process_and_another_seed_does_not(struck: Struck) -> None:
    one = pattern("seed:1,kill:before_commit:0.5", struck)
    assert pattern("kill:before_commit:0.5,seed:1", struck) == one
    assert pattern("seed:2,kill:before_commit:0.5", struck) != one


def test_a_restarted_process_draws_anew_with_the_same_seed(struck: Struck, monkeypatch: pytest.MonkeyPatch) -> None:
    one = pattern("seed:1,kill:before_commit:0.5", struck)
    monkeypatch.setattr("shared.messaging.faults.os.getpid", lambda pid=os.getpid(): pid + 1)
    assert pattern("seed:1,kill:before_commit:0.5", struck) != one


def test_several_faults_stand_side_by_side_with_blanks_around_them(struck: Struck) -> None:
    made = Faults(" duplicate , kill:before_commit:1 ,stop:after_send_before_mark:1, seed:3,")
    assert made.duplicate
    made.point("after_send_before_mark")
    made.point("before_commit")
    assert struck == [signal.SIGSTOP, signal.SIGKILL]


@pytest.mark.parametrize(
    "word",
    [
        *(
            "kill",
            "kill:",
            "kill:before_commit",
            "kill:before_commit:",
            "kill::1",
            "kill:nowhere:1",
            "kill:BEFORE_COMMIT:1",
        ),
        *("kill:before_commit:1.01", "kill:before_commit:-0.1", "kill:before_commit:nan", "kill:before_commit:inf"),
        *("kill:before_commit:half", "kill:before_commit:0,5", "kill:before_commit:0.5:again", "term:before_commit:1"),
        *("Kill:before_commit:1", "pause:before_commit:1", "stop", "stop:before_commit"),
        *("duplicate:", "duplicate:1", "duplicates", "Duplicate", "seed", "seed:", "seed:x", "seed:-1", "seed:1.5"),
        *("seed:1:2", "none", "off", "true", "before_commit"),
    ],
)
def test_a_word_that_is_not_understood_is_refused_rather_than_left_out(word: str) -> None:
    refused = word.partition(",")[2] or word  # the comma of a decimal comma ends the word before
    with pytest.raises(ValueError, match=re.escape(f"faults: {refused!r} is not")):
        Faults(f"duplicate,{word}")


@given(st.text("kilstopduae:.,_0159 ", max_size=30))
def test_any_other_text_is_refused_with_a_sentence_or_means_nothing(text: str) -> None:
    try:
        made = Faults(text)
    except ValueError as error:
        assert "is not kill:<point>:<probability>" in str(error)  # noqa: PT017 - either outcome is fine
    else:
        assert not made._at


def test_every_point_of_the_code_can_be_named_and_every_name_is_a_point_of_the_code() -> None:
    found = {
        name
        for file in _SHARED.rglob("*.py")
        for name in re.findall(r"_faults\.point\(\"(\w+)\"\)", file.read_text("utf-8"))
    }
    assert sorted(found) == POINTS
