"""Bad input: 4xx naming field and rule; nothing stored, nothing said."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.ids import new_id
from tests.integration.assessment.world import Enrolled, World, absent, measured

pytestmark = pytest.mark.integration

Request = tuple[str, Any]
GOOD = measured("defect-rate", "126", "4260")


def baseline(place: Enrolled, *readings: Mapping[str, object], **change: object) -> Request:
    body = {"enterprise_id": str(place.enterprise), "assessed_on": "2014-04-04", "readings": list(readings or [GOOD])}
    return "/assessments/baseline", body | change


def endline(place: Enrolled, **change: object) -> Request:
    body = {"enrollment_id": str(place.enrollment), "assessed_on": "2014-06-27", "readings": [GOOD]}
    return "/assessments/endline", body | change


def survey(place: Enrolled, **change: object) -> Request:
    body = {"training_id": str(place.training), "recorded_on": "2014-04-24", "respondents": 4, "satisfied": 3}
    return "/satisfaction", body | change


def improvement(place: Enrolled, **change: object) -> Request:
    body = {"enterprise_id": str(place.enterprise), "training_id": str(place.training), "title": "Walkways"}
    return "/improvements", body | {"completed_on": "2014-06-01"} | change


def kpi(**change: object) -> Request:
    body = {
        "code": "water-use",
        "name": "Water use",
        "unit": "litres-per-unit",
        "direction": "lower",
        "scale": 1,
        "means_of_verification": "Water bills.",
        "numerator_label": "litres",
        "denominator_label": "units",
        "valid_from": "2014-01-01",
        "reason": "asked for by the committee",
    }
    return "/kpis", body | change


def with_reading(**change: object) -> Callable[[Enrolled], Request]:
    return lambda place: baseline(place, GOOD | change)


REFUSED: dict[str, tuple[Callable[[Enrolled], Request], str, str]] = {
    "unknown KPI": (with_reading(kpi="water-use"), "readings.0.kpi", "known-kpi"),
    "KPI twice": (lambda p: baseline(p, GOOD, GOOD), "readings.1.kpi", "once-per-assessment"),
    "KPI before its first definition": (
        lambda p: baseline(p, assessed_on="2014-02-28"),
        "readings.0.kpi",
        "kpi-in-force",
    ),
    "another unit": (with_reading(unit="kg"), "readings.0.unit", "unit-of-catalogue"),
    "another direction": (with_reading(direction="higher"), "readings.0.direction", "direction-of-catalogue"),
    "unknown direction": (with_reading(direction="sideways"), "readings.0.direction", "enum"),
    "unknown status": (with_reading(status="forgotten"), "readings.0.status", "enum"),
    "negative numerator": (with_reading(numerator="-1"), "readings.0.numerator", "not-negative"),
    "over-precise numerator": (with_reading(numerator="1.00001"), "readings.0.numerator", "over-precise"),
    "too large": (with_reading(numerator="1000000000000"), "readings.0.numerator", "too-large"),
    "a number instead of a string": (with_reading(numerator=126), "readings.0.numerator", "decimal-string"),
    "a float": (with_reading(numerator=0.1), "readings.0.numerator", "decimal-string"),
    "not a number": (with_reading(numerator="31%F"), "readings.0.numerator", "malformed-number"),
    "zero denominator": (with_reading(denominator="0"), "readings.0.denominator", "greater-than-zero"),
    "measured without denominator": (
        lambda p: baseline(p, {"kpi": "defect-rate", "status": "measured", "numerator": "1"}),
        "readings.0.denominator",
        "measured-has-value",
    ),
    "refused with a value": (with_reading(status="refused"), "readings.0.numerator", "absent-has-no-value"),
    "half a defect": (with_reading(numerator="0.5"), "readings.0.numerator", "whole-number"),
    "share above the whole": (with_reading(numerator="4261"), "readings.0.numerator", "at-most-denominator"),
    "no readings": (lambda p: baseline(p, readings=[]), "readings", "too-short"),
    "101 readings": (lambda p: baseline(p, readings=[GOOD] * 101), "readings", "too-long"),
    "readings no list": (lambda p: baseline(p, readings="none"), "readings", "list-type"),
    "unknown field": (lambda p: baseline(p, comment="x"), "comment", "extra-forbidden"),
    "unknown field in a reading": (with_reading(value="3"), "readings.0.value", "extra-forbidden"),
    "no enterprise": (lambda p: baseline(p, enterprise_id="E-001"), "enterprise_id", "uuid-parsing"),
    "body no object": (lambda p: ("/assessments/baseline", [1]), "body", "model-attributes-type"),
    "assessment tomorrow": (lambda p: baseline(p, assessed_on="2026-03-03"), "assessed_on", "not-in-the-future"),
    "impossible date": (lambda p: baseline(p, assessed_on="2014-02-30"), "assessed_on", "date-from-datetime-parsing"),
    "date as a number": (lambda p: baseline(p, assessed_on=41_733), "assessed_on", "iso-date"),
    "date with a time": (lambda p: baseline(p, assessed_on="2014-04-04T00:00:00Z"), "assessed_on", "iso-date"),
    "mistyped century": (lambda p: baseline(p, assessed_on="0214-04-04"), "assessed_on", "greater-than-equal"),
    "endline before the training": (
        lambda p: endline(p, assessed_on="2014-04-22"),
        "assessed_on",
        "date-order",
    ),
    "more satisfied than answered": (lambda p: survey(p, satisfied=5), "satisfied", "at-most-respondents"),
    "more answered than present": (lambda p: survey(p, respondents=5), "respondents", "at-most-participants"),
    "nobody answered": (lambda p: survey(p, respondents=0, satisfied=0), "respondents", "greater-than-equal"),
    "negative satisfied": (lambda p: survey(p, satisfied=-1), "satisfied", "greater-than-equal"),
    "count as text": (lambda p: survey(p, respondents="4"), "respondents", "int-type"),
    "count as truth": (lambda p: survey(p, satisfied=True), "satisfied", "int-type"),
    "survey before the training": (lambda p: survey(p, recorded_on="2014-04-22"), "recorded_on", "date-order"),
    "survey tomorrow": (lambda p: survey(p, recorded_on="2026-03-03"), "recorded_on", "not-in-the-future"),
    "improvement without title": (lambda p: improvement(p, title="  "), "title", "string-too-short"),
    "over-long title": (lambda p: improvement(p, title="x" * 201), "title", "string-too-long"),
    "NUL in a title": (lambda p: improvement(p, title="a\x00b"), "title", "storable"),
    "half a character in a title": (lambda p: improvement(p, title="\ud800"), "title", "storable"),
    "control characters in a title": (lambda p: improvement(p, title="a\x1b[2J"), "title", "no-control-characters"),
    "reading turned round": (lambda p: improvement(p, title="a\u202eb"), "title", "no-control-characters"),
    "improvement before the training": (
        lambda p: improvement(p, completed_on="2014-04-22"),
        "completed_on",
        "date-order",
    ),
    "improvement tomorrow": (lambda p: improvement(p, completed_on="2026-03-03"), "completed_on", "not-in-the-future"),
    "case study over-long": (
        lambda p: ("/case-studies", {"enterprise_id": str(p.enterprise), "title": "t", "summary": "x" * 2001}),
        "summary",
        "string-too-long",
    ),
    "KPI scale": (lambda p: kpi(scale=7), "scale", "literal-error"),
    "KPI code": (lambda p: kpi(code="Water use!"), "code", "string-pattern-mismatch"),
    "KPI without reason": (lambda p: kpi(reason="no"), "reason", "string-too-short"),
    "KPI share as text": (lambda p: kpi(is_share="yes"), "is_share", "bool-type"),
    "KPI version on an old day": (
        lambda p: kpi(code="defect-rate", valid_from="2014-03-01"),
        "valid_from",
        "after-the-last-version",
    ),
}


def refusal(answer: httpx.Response) -> tuple[int, list[tuple[str, str]]]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["type"].startswith("urn:scorebook:problem:")
    assert problem["detail"]
    return answer.status_code, [(error["field"], error["rule"]) for error in problem.get("errors", [])]


async def test_each_bad_request_names_field_and_rule_and_leaves_nothing_behind(world: World) -> None:
    place = await world.enrolled_enterprise()
    assessed = await world.enrolled_enterprise()
    await world.hold_session(assessed.training, assessed.enterprise, 4, day=1)
    await world.hold_session(assessed.training, assessed.enterprise, 4, day=2)
    assert (await world.baseline(assessed.enterprise)).status_code == 201
    before = await world.stored()

    for name, (build, field, rule) in REFUSED.items():
        path, body = build(place if build(place)[0] == "/assessments/baseline" else assessed)
        status, errors = refusal(await world.post(path, body))
        assert (field, rule) in errors, (name, errors)
        assert status == (409 if rule == "after-the-last-version" else 422), name
        assert len(errors) == 1, (name, errors)

    assert await world.stored() == before
    assert await world.client.findings() == []


async def test_malformed_json_is_refused(world: World) -> None:
    before = await world.stored()
    for content in (b'{"enterprise_id": ', b"\xff\xfe", b'{"a": NaN}', b"[" * 50_000):
        answer = await world.post("/assessments/baseline", None, content=content)
        assert answer.status_code in (400, 422), answer.text
        assert refusal(answer)[0] == answer.status_code
    assert await world.stored() == before


async def test_a_second_baseline_is_refused(world: World) -> None:
    enterprise = await world.register_enterprise()
    first = await world.baseline(enterprise)
    before = await world.stored()

    second = await world.baseline(enterprise, on="2015-01-10")

    assert refusal(second) == (409, [("enterprise_id", "one-baseline-per-enterprise")])
    assert first.json()["id"] in second.json()["detail"]
    assert await world.stored() == before


async def test_follow_ups_need_a_baseline_and_an_enrollment_that_was_not_withdrawn(world: World) -> None:
    place = await world.enrolled_enterprise()
    assert refusal(await world.endline(place)) == (409, [("enrollment_id", "baseline-first")])
    assert (await world.baseline(place.enterprise)).status_code == 201
    await world.withdraw(place)
    before = await world.stored()

    assert refusal(await world.endline(place)) == (409, [("enrollment_id", "enrollment-not-withdrawn")])
    progress = await world.post("/assessments/progress", endline(place)[1])
    assert refusal(progress) == (409, [("enrollment_id", "enrollment-not-withdrawn")])
    late = await world.post(*improvement(place))
    assert refusal(late) == (409, [("training_id", "enrollment-not-withdrawn")])
    assert await world.stored() == before


async def test_a_follow_up_does_not_come_before_the_baseline(world: World) -> None:
    place = await world.enrolled_enterprise()
    assert (await world.baseline(place.enterprise, on="2014-05-10")).status_code == 201
    status, errors = refusal(await world.endline(place, on="2014-05-09"))
    assert (status, errors) == (422, [("assessed_on", "date-order")])


async def test_a_second_survey_of_the_same_day_is_refused_and_one_of_another_day_is_not(world: World) -> None:
    place = await world.enrolled_enterprise()
    await world.hold_session(place.training, place.enterprise, 4, day=1)
    await world.hold_session(place.training, place.enterprise, 4, day=2)
    assert (await world.post(*survey(place))).status_code == 201

    assert refusal(await world.post(*survey(place))) == (409, [("recorded_on", "one-survey-per-day")])
    assert (await world.post(*survey(place, recorded_on="2014-06-27"))).status_code == 201


async def test_a_case_study_is_published_only_with_consent_that_came_first_and_only_once(world: World) -> None:
    enterprise = await world.register_enterprise()
    draft = await world.post(
        "/case-studies", {"enterprise_id": str(enterprise), "title": "Title", "summary": "Summary"}
    )
    path = f"/case-studies/{draft.json()['id']}/publish"
    good = {"consent_statement": "Yes.", "consent_given_on": "2014-08-01", "published_on": "2014-08-15"}

    for change, expected in (
        ({"consent_statement": None}, (422, [("consent_statement", "string-type")])),
        ({"consent_statement": " "}, (422, [("consent_statement", "string-too-short")])),
        ({"consent_given_on": "2014-08-16"}, (422, [("published_on", "date-order")])),
        (
            {"consent_given_on": "2014-08-01", "published_on": "2026-03-03"},
            (422, [("published_on", "not-in-the-future")]),
        ),
    ):
        assert refusal(await world.post(path, good | change)) == expected
    missing = {name: value for name, value in good.items() if name != "consent_statement"}
    assert refusal(await world.post(path, missing)) == (422, [("consent_statement", "missing")])
    assert await world.client.events() == []

    assert (await world.post(path, good)).status_code == 201
    again = await world.post(path, good)
    assert refusal(again) == (409, [])
    assert again.json()["allowed_actions"] == []
    assert len(await world.client.events()) == 1
    unknown = await world.post(f"/case-studies/{new_id()}/publish", good)
    assert unknown.status_code == 404


async def test_a_missing_or_forged_token_a_wrong_role_and_a_wrong_programme_are_refused(world: World) -> None:
    place = await world.enrolled_enterprise()
    path, body = baseline(place, absent("accidents", "refused"))
    before = await world.stored()

    missing = await world.post(path, body, headers={"authorization": ""})
    assert refusal(missing) == (401, [("authorization", "bearer-token")])
    token = world.client.token("programme-manager")
    head, payload, signature = token.split(".")
    for forged in (f"{head}.{payload}.{'A' * len(signature)}", f"{head}.{payload}.", "x.y.z"):
        answer = await world.post(path, body, headers={"authorization": f"Bearer {forged}"})
        assert refusal(answer)[0] == 401
    assert refusal(await world.post(path, body, role="auditor")) == (403, [("authorization", "role")])
    assert refusal(await world.post(path, body, programme="peru")) == (404, [("programme", "not-found")])
    unkeyed = await world.post(path, body, headers={"idempotency-key": "x"})
    assert refusal(unkeyed) == (400, [("Idempotency-Key", "required")])
    assert await world.stored() == before


async def test_reading_bad_addresses_is_refused_too(world: World) -> None:
    for path, params, expected in (
        ("/assessments", {"limit": 0}, (422, [("limit", "greater-than-equal")])),
        ("/assessments", {"kind": "final"}, (422, [("kind", "enum")])),
        ("/assessments", {"cursor": "!!"}, (422, [("cursor", "from-next")])),
        ("/figures", {}, (422, [("as_of", "missing")])),
        ("/figures", {"as_of": "2026-03-03"}, (422, [("as_of", "not-in-the-future")])),
        ("/figures", {"as_of": "yesterday"}, (422, [("as_of", "iso-date")])),
        (f"/enterprises/{new_id()}/before-after", {"as_of": "2017-09-30"}, (404, [])),
        (f"/assessments/{new_id()}", {}, (404, [])),
        (f"/satisfaction/{new_id()}", {}, (404, [])),
        (f"/improvements/{new_id()}", {}, (404, [])),
        (f"/case-studies/{new_id()}", {}, (404, [])),
        (f"/kpis/{UUID(int=0)}", {}, (404, [])),
    ):
        assert refusal(await world.get(path, **params)) == expected, path
