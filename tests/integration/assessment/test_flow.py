"""The flow of a programme: baseline, classroom, survey, endline, improvement, case study; each said once."""

from typing import Any

import httpx
import pytest

from tests.integration.assessment.world import World, absent, measured

pytestmark = pytest.mark.integration


def created(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_programme_is_assessed_from_baseline_to_published_case_study(world: World) -> None:
    place = await world.enrolled_enterprise()
    trainer = await world.register_trainer()

    baseline = created(
        await world.baseline(
            place.enterprise,
            measured("defect-rate", "126", "4260", unit="percent", direction="lower"),
            measured("absenteeism-rate", "840.50", "14652"),
            absent("accidents", "refused"),
            absent("energy-use", "not-applicable"),
            role="trainer",
        )
    )
    await world.hold_session(place.training, place.enterprise, 4, day=1)
    await world.hold_session(place.training, place.enterprise, 4, day=2, first=2)
    survey = created(
        await world.post(
            "/satisfaction",
            {"training_id": str(place.training), "recorded_on": "2014-04-24", "respondents": 5, "satisfied": 4},
            role="partner-admin",
            partner=world.partner,
        )
    )
    progress = {
        "enrollment_id": str(place.enrollment),
        "assessed_on": "2014-05-20",
        "readings": [measured("defect-rate", "118", "4260")],
    }
    created(await world.post("/assessments/progress", progress))
    created(await world.post("/assessments/progress", progress | {"assessed_on": "2014-05-27"}))
    endline = created(
        await world.post(
            "/assessments/endline",
            {
                "enrollment_id": str(place.enrollment),
                "assessed_on": "2014-06-27",
                "assessor_id": str(trainer),
                "readings": [measured("defect-rate", "90", "4260")],
            },
        )
    )
    improvement = created(
        await world.post(
            "/improvements",
            {
                "enterprise_id": str(place.enterprise),
                "training_id": str(place.training),
                "title": " Marked walkways ",
                "completed_on": "2014-06-01",
            },
        )
    )
    await world.complete(place)
    draft = created(
        await world.post(
            "/case-studies",
            {"enterprise_id": str(place.enterprise), "title": "Fewer defects", "summary": "How they did it.\nWell."},
            role="trainer",
        )
    )
    published = created(
        await world.post(
            f"/case-studies/{draft['id']}/publish",
            {
                "consent_statement": "Published with our name.",
                "consent_given_on": "2014-08-01",
                "published_on": "2014-08-15",
            },
        )
    )

    assert baseline["kind"] == "baseline"
    assert baseline["training_id"] is None
    assert [(r["kpi"], r["status"], r["numerator"], r["denominator"], r["value"]) for r in baseline["readings"]] == [
        ("defect-rate", "measured", "126", "4260", "2.9577"),
        ("absenteeism-rate", "measured", "840.5", "14652", "5.7364"),
        ("accidents", "refused", None, None, None),
        ("energy-use", "not-applicable", None, None, None),
    ]
    assert {(r["unit"], r["direction"], r["kpi_version"]) for r in baseline["readings"][:2]} == {
        ("percent", "lower", 1)
    }
    assert survey["participants"] == 5
    assert endline["baseline_id"] == baseline["id"]
    assert endline["training_id"] == str(place.training)
    assert endline["partner_id"] == str(world.partner)
    assert improvement["title"] == "Marked walkways"
    assert (draft["state"], draft["published_on"]) == ("draft", None)
    assert (published["state"], published["published_on"]) == ("published", "2014-08-15")

    events = await world.client.events()
    assert [(event.type.split(".")[1], event.data.get("kind"), event.sequence) for event in events] == [
        ("assessment-completed", "baseline", 1),
        ("satisfaction-recorded", None, 1),
        ("assessment-completed", "progress", 1),
        ("assessment-completed", "progress", 1),
        ("assessment-completed", "endline", 1),
        ("improvement-completed", None, 1),
        ("case-study-published", None, 1),
    ]
    assert events[0].data["readings"][1] == {
        "kpi": "absenteeism-rate",
        "unit": "percent",
        "direction": "lower",
        "status": "measured",
        "numerator": "840.5",
        "denominator": "14652",
    }
    assert events[4].data["enrollment_id"] == str(place.enrollment)
    assert events[4].data["assessor_id"] == str(trainer)
    assert {event.programme for event in events} == {"bolivia"}
    assert await world.client.findings() == []
    assert await world.client.parked() == []


async def test_the_same_request_with_the_same_key_is_recorded_once(world: World) -> None:
    enterprise = await world.register_enterprise()

    first = await world.baseline(enterprise, key="baseline-0001")
    again = await world.baseline(enterprise, key="baseline-0001")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["idempotency-hit"] == "true"
    assert first.content == again.content
    assert len(await world.client.events()) == 1


async def test_an_endline_may_be_recorded_after_the_enrollment_was_completed(world: World) -> None:
    place = await world.enrolled_enterprise()
    created(await world.baseline(place.enterprise))
    await world.complete(place)

    created(await world.endline(place))

    assert await world.client.findings() == []


async def test_an_enterprise_has_one_endline_for_each_training_it_takes(world: World) -> None:
    first = await world.enrolled_enterprise()
    second = await world.enroll(first.enterprise, await world.schedule_training(module="OSH"))
    created(await world.baseline(first.enterprise))

    created(await world.endline(first))
    created(await world.endline(second))

    again = await world.endline(second)
    assert again.status_code == 409
    assert again.json()["errors"][0]["rule"] == "one-endline-per-enrollment"
