"""Lists: CSV that no spreadsheet runs."""

import pytest

from shared.web.listing import _neutral


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1+1", "--1", "-", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "-\N{ARABIC-INDIC DIGIT ONE}"]
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert _neutral(text) == "'" + text


@pytest.mark.parametrize("text", ["-1", "-1234.50", "-0.5", "", "Ana", "a=b", "1-2", "'quoted", " =1"])
def test_harmless_cells_are_left_alone(text: str) -> None:
    assert _neutral(text) == text
