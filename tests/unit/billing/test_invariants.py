"""The table of invariants names checks that exist."""

import re
from pathlib import Path

from services.billing.checks import CHECKS

TABLE = Path(__file__).parents[3] / "docs" / "invariants.md"


def test_every_invariant_names_a_check_that_verify_runs_and_i15_says_why_not() -> None:
    known = {check.name for check in CHECKS}
    rows = [line.split("|") for line in TABLE.read_text("utf-8").splitlines() if re.match(r"\| I\d+ ", line)]
    assert [row[1].strip() for row in rows] == [f"I{number}" for number in range(1, 16)]
    for row in rows[:-1]:
        named = set(re.findall(r"`([a-z-]+)`", row[4]))
        assert named, row[1]
        assert named <= known, (row[1], named - known)
    assert "**I15.**" in TABLE.read_text("utf-8")
