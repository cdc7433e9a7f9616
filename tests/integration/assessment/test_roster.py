"""The Bolivia roster goes in as it stands, and the figures are those a spreadsheet would give."""

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from shared.events.enrollment import Attendance, SessionHeld
from shared.events.vocabulary import Level, Sex
from tests.integration.assessment.world import Enrolled, World, absent, measured

pytestmark = pytest.mark.integration

ROSTER = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "bolivia"
AS_OF = "2017-09-30"
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    with (ROSTER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def grouped(name: str, *columns: str) -> dict[tuple[str, ...], list[Row]]:
    found: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows(name):
        found[tuple(row[column] for column in columns)].append(row)
    return dict(found)


def reading(row: Row) -> dict[str, str]:
    if row["status"] != "measured":
        return absent(row["kpi"], row["status"])
    return measured(row["kpi"], row["numerator"], row["denominator"], unit=row["unit"], direction=row["direction"])


class Roster:
    """Sends the roster, every fact of enrollment first."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.enterprises: dict[str, UUID] = {}
        self.trainings: dict[str, UUID] = {}
        self.places: dict[tuple[str, str], Enrolled] = {}

    async def arrive(self) -> None:
        """Let enterprises, trainings, enrollments and sessions arrive."""
        for row in rows("enterprises"):
            self.enterprises[row["code"]] = await self.world.register_enterprise(region=row["region"])
        for row in rows("trainings"):
            self.trainings[row["code"]] = await self.world.schedule_training(
                module=row["module"], starts_on=date.fromisoformat(row["day1"])
            )
        for row in rows("enrolments"):
            place = await self.world.enroll(self.enterprises[row["enterprise"]], self.trainings[row["training"]])
            self.places[row["training"], row["enterprise"]] = place
            on = date.fromisoformat(row["outcome_on"])
            await (self.world.complete if row["outcome"] == "completed" else self.world.withdraw)(place, on)
        await self._sessions()

    async def _sessions(self) -> None:
        trainings = {row["code"]: row for row in rows("trainings")}
        for (code, day), present in sorted(grouped("attendance", "training", "day").items()):
            session = SessionHeld(
                training_id=self.trainings[code],
                module=trainings[code]["module"],
                partner_id=self.world.partner,
                day=int(day),
                held_on=date.fromisoformat(trainings[code][f"day{day}"]),
                attendances=tuple(
                    Attendance(
                        enterprise_id=self.enterprises[row["enterprise"]],
                        participant=row["person"],
                        sex=Sex.NOT_STATED,
                        level=Level.WORKER,
                    )
                    for row in present
                ),
            )
            await self.world.tell(session, self.trainings[code])

    async def record(self) -> None:
        """Send every assessment and survey; nothing may be refused."""
        for (enterprise, kind, training, on), found in grouped(
            "assessments", "enterprise", "kind", "training", "assessed_on"
        ).items():
            readings = [reading(row) for row in found]
            if kind == "baseline":
                answer = await self.world.baseline(self.enterprises[enterprise], *readings, on=on)
            else:
                answer = await self.world.endline(self.places[training, enterprise], *readings, on=on)
            assert answer.status_code == 201, (enterprise, kind, training, answer.text)
        for row in rows("satisfaction"):
            body = {
                "training_id": str(self.trainings[row["training"]]),
                "recorded_on": row["recorded_on"],
                "respondents": int(row["respondents"]),
                "satisfied": int(row["satisfied"]),
            }
            answer = await self.world.post("/satisfaction", body)
            assert answer.status_code == 201, (row, answer.text)


def expected(kpi: str) -> dict[str, Any]:
    """Compute a KPI from the file alone, with decimals rather than fractions."""
    of_kpi = [row for row in rows("assessments") if row["kpi"] == kpi and row["status"] == "measured"]
    before = {row["enterprise"]: row for row in of_kpi if row["kind"] == "baseline"}
    after: dict[str, Row] = {}
    for row in sorted(of_kpi, key=lambda each: each["assessed_on"]):
        if row["kind"] == "endline":
            after[row["enterprise"]] = row
    both = before.keys() & after.keys()
    sums = {
        name: (sum(int(side[e]["numerator"]) for e in both), sum(int(side[e]["denominator"]) for e in both))
        for name, side in (("before", before), ("after", after))
    }
    outcomes = Counter(
        _outcome(_ratio(before[e]), _ratio(after[e]), is_lower_better=before[e]["direction"] == "lower") for e in both
    )
    scale = 100 if of_kpi[0]["unit"] in ("percent", "per-100-workers") else 1
    return {
        "sums": {name: (str(top), str(bottom)) for name, (top, bottom) in sums.items()},
        "values": {
            name: (Decimal(top) * scale / bottom).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            for name, (top, bottom) in sums.items()
        },
        "outcomes": dict(outcomes),
        "with_data": len(both),
    }


def _ratio(row: Row) -> Decimal:
    return Decimal(row["numerator"]) / Decimal(row["denominator"])


def _outcome(before: Decimal, after: Decimal, *, is_lower_better: bool) -> str:
    if before == after:
        return "unchanged"
    return "improved" if (after < before) == is_lower_better else "worse"


async def test_the_roster_is_taken_whole_and_every_figure_can_be_recomputed_from_the_file(world: World) -> None:
    roster = Roster(world)
    await roster.arrive()
    await roster.record()

    assert await world.client.parked() == []
    assert await world.client.findings() == []
    figures = (await world.get("/figures", as_of=AS_OF)).json()
    shown = {figure["kpi"]: figure for figure in figures["kpis"]}
    ended = {row["enterprise"] for row in rows("assessments") if row["kind"] == "endline"}
    for kpi in {row["kpi"] for row in rows("assessments")}:
        figure, want = shown[kpi], expected(kpi)
        for side in ("before", "after"):
            assert (figure[side]["numerator"], figure[side]["denominator"]) == want["sums"][side], (kpi, side)
            assert Decimal(figure[side]["value"]) == want["values"][side], (kpi, side)
        for outcome in ("improved", "unchanged", "worse"):
            assert figure[outcome] == want["outcomes"].get(outcome, 0), (kpi, outcome)
        assert figure["reporting"]["with_data"] == want["with_data"]
        assert figure["reporting"]["assessed"] == len(ended)
        assert figure["reporting"]["with_data"] + sum(figure["gaps"].values()) == len(ended)
    surveys = rows("satisfaction")
    assert figures["satisfaction"]["satisfied"] == sum(int(row["satisfied"]) for row in surveys)
    assert figures["satisfaction"]["respondents"] == sum(int(row["respondents"]) for row in surveys)
    assert figures["satisfaction"]["reporting"]["with_data"] == len(surveys)
    assert figures["baselines"]["with_data"] == 63
