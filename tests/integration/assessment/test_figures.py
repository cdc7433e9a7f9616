"""Figures of a programme: from rows, as of a day, with sums, verdicts, gaps and reporting rate."""

from typing import Any

import pytest

from tests.integration.assessment.world import World, absent, measured

pytestmark = pytest.mark.integration


async def kpi_figure(world: World, kpi: str, as_of: str = "2017-09-30", **params: Any) -> dict[str, Any]:  # noqa: ANN401
    figures = (await world.get("/figures", as_of=as_of, **params)).json()
    (found,) = [figure for figure in figures["kpis"] if figure["kpi"] == kpi]
    return dict(found)


async def assess(world: World, before: dict[str, str], after: dict[str, str] | None, region: str = "LP") -> None:
    enterprise = await world.register_enterprise(region=region)
    assert (await world.baseline(enterprise, before)).status_code == 201
    if after is not None:
        place = await world.enroll(enterprise, await world.schedule_training())
        assert (await world.endline(place, after)).status_code == 201


async def test_a_kpi_is_shown_with_its_sums_verdicts_gaps_and_reporting_rate(world: World) -> None:
    kpi = "defect-rate"
    await assess(world, measured(kpi, "100", "1000"), measured(kpi, "30", "1000"))
    await assess(world, measured(kpi, "10", "1000"), measured(kpi, "50", "1000"))
    await assess(world, measured(kpi, "5", "100"), measured(kpi, "10", "200"))
    await assess(world, absent(kpi, "not-tracked"), measured(kpi, "1", "2"))
    await assess(world, measured(kpi, "1", "2"), absent(kpi, "refused"))
    await assess(world, absent("accidents", "not-applicable"), measured(kpi, "1", "2"))
    await assess(world, measured(kpi, "1", "2"), None)
    await world.register_enterprise()

    figure = await kpi_figure(world, kpi)

    assert figure["before"] == {"numerator": "115", "denominator": "2100", "value": "5.4762"}
    assert figure["after"] == {"numerator": "90", "denominator": "2200", "value": "4.0909"}
    assert (figure["change"], figure["verdict"]) == ("-1.3853", "improved")
    assert (figure["improved"], figure["unchanged"], figure["worse"]) == (1, 1, 1)
    assert {name: figure["reporting"][name] for name in ("with_data", "assessed", "rate")} == {
        "with_data": 3,
        "assessed": 6,
        "rate": "0.5",
    }
    assert figure["gaps"] == {
        "not-tracked": 1,
        "refused": 1,
        "not-applicable": 0,
        "not-asked": 1,
        "other-definition": 0,
    }
    assert figure["definition"].startswith("units rejected or reworked / units produced x 100.")
    figures = (await world.get("/figures", as_of="2017-09-30")).json()
    assert (figures["as_of"], figures["computed_at"]) == ("2017-09-30", "2026-03-02T09:00:00Z")
    assert (figures["baselines"]["with_data"], figures["baselines"]["assessed"]) == (7, 8)
    assert len(figures["kpis"]) == 8
    empty = next(each for each in figures["kpis"] if each["kpi"] == "on-time-delivery")
    assert (empty["change"], empty["verdict"], empty["before"]["value"]) == (None, None, None)
    assert empty["gaps"]["not-asked"] == 6
    assert all(isinstance(value, str) for value in figure["before"].values())


async def test_a_figure_counts_only_what_had_happened_by_its_day(world: World) -> None:
    await assess(world, measured("defect-rate", "100", "1000"), measured("defect-rate", "30", "1000"))
    assert (await kpi_figure(world, "defect-rate", "2014-04-03"))["reporting"]["assessed"] == 0
    assert (await kpi_figure(world, "defect-rate", "2014-06-26"))["reporting"]["assessed"] == 0
    assert (await kpi_figure(world, "defect-rate", "2014-06-27"))["improved"] == 1


async def test_after_is_the_last_endline_that_measured_it(world: World) -> None:
    enterprise = await world.register_enterprise()
    assert (await world.baseline(enterprise, measured("defect-rate", "100", "1000"))).status_code == 201
    for day, reading in (
        ("2014-06-27", measured("defect-rate", "90", "1000")),
        ("2016-05-19", measured("defect-rate", "40", "1000")),
        ("2016-08-01", absent("defect-rate", "refused")),
    ):
        place = await world.enroll(enterprise, await world.schedule_training())
        assert (await world.endline(place, reading, on=day)).status_code == 201
    progress = {
        "enrollment_id": str(place.enrollment),
        "assessed_on": "2016-09-01",
        "readings": [measured("defect-rate", "1", "1000")],
    }
    assert (await world.post("/assessments/progress", progress)).status_code == 201

    assert (await kpi_figure(world, "defect-rate", "2014-12-31"))["after"]["numerator"] == "90"
    figure = await kpi_figure(world, "defect-rate")
    assert (figure["after"]["numerator"], figure["reporting"]["with_data"]) == ("40", 1)
    table = (await world.get(f"/enterprises/{enterprise}/before-after", as_of="2017-09-30")).json()
    assert table["rows"][0]["after"]["sums"]["numerator"] == "40"
    assert table["rows"][0]["after"]["assessed_on"] == "2016-05-19"


async def test_figures_are_narrowed_by_region_and_partner_and_the_parts_add_up(world: World) -> None:
    await assess(world, measured("defect-rate", "100", "1000"), measured("defect-rate", "30", "1000"))
    await assess(world, measured("defect-rate", "10", "1000"), measured("defect-rate", "50", "1000"), region="SC")

    whole = await kpi_figure(world, "defect-rate")
    parts = [await kpi_figure(world, "defect-rate", region=region) for region in ("LP", "SC")]

    assert [part["verdict"] for part in parts] == ["improved", "worse"]
    assert sum(int(part["after"]["numerator"]) for part in parts) == int(whole["after"]["numerator"])
    assert sum(part["reporting"]["assessed"] for part in parts) == whole["reporting"]["assessed"]
    answer = await world.client.http.get(
        f"{world.base}/figures?as_of=2017-09-30&partner={world.other_partner}",
        headers={"authorization": f"Bearer {world.client.token('auditor')}"},
    )
    none = answer.json()
    assert none["filters"] == {"partner": str(world.other_partner), "region": None}
    assert none["baselines"]["assessed"] == 0


async def test_satisfaction_improvements_and_case_studies_are_counted_with_their_reporting_rate(world: World) -> None:
    first, second = await world.enrolled_enterprise(), await world.enrolled_enterprise()
    for place in (first, second):
        await world.hold_session(place.training, place.enterprise, 20, day=1)
        await world.hold_session(place.training, place.enterprise, 20, day=2)
    survey = {"training_id": str(first.training), "recorded_on": "2014-04-24", "respondents": 16, "satisfied": 13}
    assert (await world.post("/satisfaction", survey)).status_code == 201
    for day in ("2014-06-01", "2015-06-01"):
        body = {"enterprise_id": str(first.enterprise), "title": "Walkways", "completed_on": day}
        assert (await world.post("/improvements", body)).status_code == 201
    for title in ("Draft", "Published"):
        draft = {"enterprise_id": str(first.enterprise), "title": title, "summary": "Summary"}
        case = (await world.post("/case-studies", draft)).json()["id"]
    publication = {"consent_statement": "Yes.", "consent_given_on": "2014-08-01", "published_on": "2014-08-15"}
    assert (await world.post(f"/case-studies/{case}/publish", publication)).status_code == 201

    figures = (await world.get("/figures", as_of="2014-12-31")).json()

    satisfaction = figures["satisfaction"]
    assert (satisfaction["satisfied"], satisfaction["respondents"], satisfaction["share"]) == (13, 16, "0.8125")
    assert (satisfaction["reporting"]["with_data"], satisfaction["reporting"]["assessed"]) == (1, 2)
    assert figures["improvements_completed"]["value"] == 1
    assert figures["case_studies_published"]["value"] == 1
    before = (await world.get("/figures", as_of="2014-04-22")).json()
    assert (before["satisfaction"]["share"], before["satisfaction"]["reporting"]["rate"]) == (None, None)
    assert before["case_studies_published"]["value"] == 0


async def test_an_enterprises_table_shows_every_kpi_with_what_stands_behind_it(world: World) -> None:
    place = await world.enrolled_enterprise()
    baseline = await world.baseline(
        place.enterprise,
        measured("labour-productivity", "211156", "4884"),
        measured("accidents", "10", "222"),
        absent("defect-rate", "not-tracked"),
    )
    path = f"/enterprises/{place.enterprise}/before-after"
    alone = (await world.get(path, as_of="2017-09-30")).json()
    assert [(row["kpi"], row["gap"], row["after"]) for row in alone["rows"]] == [
        ("accidents", "not-asked", None),
        ("defect-rate", "not-tracked", None),
        ("labour-productivity", "not-asked", None),
    ]
    endline = await world.endline(
        place,
        measured("labour-productivity", "200000", "4884"),
        measured("accidents", "4", "230"),
        measured("defect-rate", "3", "100"),
    )

    table = (await world.get(path, as_of="2017-09-30")).json()

    accidents, defects, output = table["rows"]
    assert (table["name"], table["as_of"]) == ("Enterprise 001", "2017-09-30")
    assert accidents["before"]["sums"] == {"numerator": "10", "denominator": "222", "value": "4.5045"}
    assert accidents["before"]["assessment_id"] == baseline.json()["id"]
    assert accidents["after"]["assessment_id"] == endline.json()["id"]
    assert (accidents["change"], accidents["verdict"]) == ("-2.7654", "improved")
    assert (output["change"], output["verdict"]) == ("-2.2842", "worse")
    assert (defects["gap"], defects["change"], defects["after"]["sums"]["value"]) == ("not-tracked", None, "3")
    nothing = (await world.get(path, as_of="2014-04-03")).json()
    assert nothing["rows"] == []


async def test_a_changed_unit_starts_a_figure_of_its_own(world: World) -> None:
    await assess(world, measured("energy-use", "500", "100"), measured("energy-use", "400", "100"))
    changed = {
        "code": "energy-use",
        "name": "Energy use",
        "unit": "mj-per-unit",
        "direction": "lower",
        "means_of_verification": "Bills.",
        "numerator_label": "megajoules used",
        "denominator_label": "units produced",
        "valid_from": "2015-01-01",
        "reason": "the ministry counts in megajoules",
    }
    assert (await world.post("/kpis", changed)).status_code == 201
    for baseline_on in ("2014-12-31", "2015-01-01"):
        enterprise = await world.register_enterprise()
        before = measured("energy-use", "1800", "100")
        assert (await world.baseline(enterprise, before, on=baseline_on)).status_code == 201
        place = await world.enroll(enterprise, await world.schedule_training())
        answer = await world.endline(place, measured("energy-use", "1900", "100"), on="2015-06-27")
        assert answer.json()["readings"][0]["unit"] == "mj-per-unit"

    figures = (await world.get("/figures", as_of="2017-09-30")).json()
    current, earlier = [figure for figure in figures["kpis"] if figure["kpi"] == "energy-use"]
    assert (current["unit"], current["kpi_version"], current["worse"]) == ("mj-per-unit", 2, 1)
    assert (earlier["unit"], earlier["kpi_version"], earlier["improved"]) == ("kwh-per-unit", 1, 1)
    assert (current["gaps"]["other-definition"], earlier["gaps"]["other-definition"]) == (2, 2)
    assert {figure["reporting"]["assessed"] for figure in (current, earlier)} == {3}
    assert await world.client.findings() == []
