"""The whole Bolivian roster through the API: every rule of enrollment holds for it, and the figures come out."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

import deploy.demo
from services.enrollment.app import SERVICE
from shared.events.assessment import AssessmentCompleted
from shared.events.certification import TrainerCertified, TrainerRegistered, TrainingOfTrainersPassed
from shared.events.vocabulary import AssessmentKind, Sex
from shared.ids import new_id
from tests.integration.conftest import ServiceClient
from tests.support.client import Client

pytestmark = pytest.mark.integration

ROSTER = Path(deploy.demo.__file__).parent / "bolivia"
BASE = "/v1/programmes/bolivia"


def rows(name: str) -> Iterator[dict[str, str]]:
    """Read one file of the roster."""
    with (ROSTER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def created(answer: httpx.Response) -> dict[str, Any]:
    """Return what was made."""
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def policy() -> dict[str, Any]:
    """Return the policy as the roster's files say it."""
    setting = {row["key"]: row["value"] for row in rows("programme")}
    numbers = ("number", "classroom_days", "visits", "max_enterprises", "seats_managers", "seats_workers")
    return {
        "name": setting["name"],
        "country": setting["country"],
        "currency": setting["currency"],
        "valid_from": setting["policy_from"],
        "decision": setting["policy_decision"],
        "headcount_minimum": int(setting["headcount_min"]),
        "headcount_maximum": int(setting["headcount_max"]),
        "size_classes": [
            {"code": row["code"], "minimum": int(row["min"]), "maximum": int(row["max"])}
            for row in rows("size_classes")
        ],
        "sectors": [row["code"] for row in rows("sectors")],
        "regions": [{"code": row["code"], "name": row["name"]} for row in rows("regions")],
        "modules": [
            {"code": row["code"], "name": row["name"], "is_first": row["code"] == "WPC"}
            | {number: int(row[number]) for number in numbers}
            for row in rows("modules")
        ],
        "phases": [
            {
                "code": "III",
                "name": "Phase III",
                "starts_on": "2017-10-01",
                "targets": [{"indicator": row["indicator"], "value": row["target"]} for row in rows("phase3_targets")],
            }
        ],
    }


async def tell_of_trainers(client: Client) -> dict[str, UUID]:
    """Deliver what the certification service would say; returns ids by code."""
    setting = {row["key"]: row["value"] for row in rows("programme")}
    known_on = date.fromisoformat(setting["experts_recognised_on"])
    trainers: dict[str, UUID] = {}
    for row in rows("trainers"):
        trainer = trainers[row["code"]] = new_id()
        await client.deliver(
            TrainerRegistered(
                trainer_id=trainer,
                name=row["name"],
                sex=Sex(row["sex"]),
                partner_id=None,
                region=row["region"],
                registered_on=known_on,
            ),
            aggregate_id=trainer,
        )
        for module, column in (("WPC", "tot_wpc_on"), ("OSH", "tot_osh_on")):
            if row[column]:
                passed = TrainingOfTrainersPassed(
                    trainer_id=trainer, module=module, passed_on=date.fromisoformat(row[column])
                )
                await client.deliver(passed, aggregate_id=trainer)
        if row["expert"] == "yes":
            for module in setting["experts_recognised_modules"].split(";"):
                await client.deliver(certificate(trainer, module, known_on, is_expert=True), aggregate_id=trainer)
    for row in rows("certifications"):
        if row["outcome"] == "certified":
            trainer = trainers[row["trainer"]]
            decided = date.fromisoformat(row["decided_on"])
            await client.deliver(certificate(trainer, row["module"], decided, is_expert=False), aggregate_id=trainer)
    return trainers


def certificate(trainer: UUID, module: str, valid_from: date, *, is_expert: bool) -> TrainerCertified:
    """Return the event of a certification."""
    return TrainerCertified(
        trainer_id=trainer,
        module=module,
        certificate_number=f"{module}-{valid_from:%Y}-{trainer}",
        valid_from=valid_from,
        valid_until=None,
        is_expert=is_expert,
        is_recognised=is_expert,
        case_id=None if is_expert else new_id(),
    )


async def register_everybody(client: Client) -> tuple[dict[str, str], dict[str, str]]:
    """Register partners and enterprises with their baselines; returns ids by code."""
    partners: dict[str, str] = {}
    for row in rows("partners"):
        body: dict[str, Any] = {"name": row["name"], "kind": row["kind"], "registered_on": "2014-03-01"}
        if row["parent"]:
            body |= {"region": row["region"], "parent_id": partners[row["parent"]]}
        partners[row["code"]] = created(await client.post(f"{BASE}/partners", body))["id"]
    enterprises: dict[str, str] = {}
    for row in rows("enterprises"):
        body = {name: row[name] for name in ("name", "tax_id", "region", "sector", "city", "registered_on")}
        body |= {"partner_id": partners[row["partner"]], "women": int(row["women"]), "men": int(row["men"])}
        answer = await client.post(f"{BASE}/enterprises", body, role="partner-admin", partner=body["partner_id"])
        enterprises[row["code"]] = made = created(answer)["id"]
        assessment = new_id()
        await client.deliver(
            AssessmentCompleted(
                assessment_id=assessment,
                kind=AssessmentKind.BASELINE,
                enterprise_id=UUID(made),
                partner_id=UUID(body["partner_id"]),
                training_id=None,
                enrollment_id=None,
                assessed_on=date.fromisoformat(row["baseline_on"]),
                assessor_id=None,
                readings=(),
            ),
            aggregate_id=assessment,
        )
    return partners, enterprises


async def deliver_training(
    client: Client,
    row: dict[str, str],
    partners: dict[str, str],
    enterprises: dict[str, str],
    trainers: dict[str, UUID],
) -> None:
    """Send one training from schedule to the last completion, as its partner."""
    partner = partners[row["partner"]]

    async def send(path: str, body: dict[str, Any]) -> dict[str, Any]:
        return created(await client.post(f"{BASE}{path}", body, role="partner-admin", partner=partner))

    training = await send(
        "/trainings",
        {
            "partner_id": partner,
            "module": row["module"],
            "region": row["region"],
            "delivery": row["delivery"],
            "lead_role": row["role"],
            "lead_trainer_id": str(trainers[row["lead_trainer"]]),
            "supervising_expert_id": str(trainers[row["supervising_expert"]]) if row["supervising_expert"] else None,
            "co_candidate_ids": [str(trainers[code]) for code in row["co_candidates"].split(";") if code],
            "starts_on": row["day1"],
            "ends_on": row["day2"],
            "venue": row["venue"],
        },
    )
    places = [one for one in rows("enrolments") if one["training"] == row["code"]]
    enrollments: dict[str, str] = {}
    for one in places:
        body = {"training_id": training["id"], "enterprise_id": enterprises[one["enterprise"]]}
        made = await send("/enrollments", body | {"enrolled_on": one["enrolled_on"]})
        enrollments[one["enterprise"]] = made["id"]
        if one["outcome"] == "withdrawn":
            body = {"withdrawn_on": one["outcome_on"], "reason": one["reason"]}
            await send(f"/enrollments/{made['id']}/withdrawal", body)
    people = {one["person"]: one for one in rows("participants")}
    present: dict[str, list[dict[str, str]]] = defaultdict(list)
    for one in rows("attendance"):
        if one["training"] == row["code"]:
            person = people[one["person"]]
            present[one["day"]].append(
                {
                    "enterprise_id": enterprises[one["enterprise"]],
                    "participant": one["person"],
                    "sex": person["sex"],
                    "level": person["level"],
                }
            )
    for day, attendances in sorted(present.items()):
        session = {"day": int(day), "held_on": row[f"day{day}"], "attendances": attendances}
        await send(f"/trainings/{training['id']}/sessions", session)
    for one in rows("visits"):
        if one["training"] == row["code"]:
            path = f"/enrollments/{enrollments[one['enterprise']]}"
            visit = {"number": int(one["number"]), "trainer_id": str(trainers[one["trainer"]])}
            if one["outcome"] == "done":
                await send(f"{path}/visits", visit | {"visited_on": one["held_on"]})
            else:
                await send(f"{path}/aborted-visits", visit | {"attempted_on": one["held_on"], "reason": one["reason"]})
    for one in places:
        if one["outcome"] == "completed":
            path = f"/enrollments/{enrollments[one['enterprise']]}/completion"
            await send(path, {"completed_on": one["outcome_on"]})


async def test_the_published_figures_come_out_of_the_roster(service_client: ServiceClient) -> None:
    async with service_client(SERVICE) as client:
        created(await client.post(BASE, policy()))
        trainers = await tell_of_trainers(client)
        partners, enterprises = await register_everybody(client)
        for row in rows("trainings"):
            await deliver_training(client, row, partners, enterprises, trainers)

        answer = (await client.get(f"{BASE}/figures", as_of="2017-09-30")).json()
        figures = {figure["code"]: figure for figure in answer["figures"]}
        published = {row["figure"]: row["published"] for row in rows("published_figures")}
        assert figures["enterprises-trained"]["value"] == int(published["enterprises"])
        assert figures["employees-benefiting"]["value"] == int(published["employees_benefiting"])
        assert figures["classroom-participants"]["value"] == int(published["participants"])
        assert figures["regions-reached"]["value"] == int(published["regions"])
        assert [part["group"]["module"] for part in figures["modules-delivered"]["breakdown"]] == ["OSH", "WPC"]
        completed = sum(row["outcome"] == "completed" for row in rows("enrolments"))
        assert figures["enterprise-modules-completed"]["value"] == completed
        assert figures["trainings-held"]["value"] == sum(1 for _ in rows("trainings"))
        for code in ("enterprises-trained", "employees-benefiting", "classroom-participants", "trainings-held"):
            assert sum(part["value"] for part in figures[code]["breakdown"]) == figures[code]["value"], code
        sources = {source["event"]: source["rows"] for source in figures["classroom-participants"]["sources"]}
        assert sources == {"enrollment.session-held.v1": sum(1 for _ in rows("attendance"))}

        nothing_yet = (await client.get(f"{BASE}/figures", as_of="2014-03-31")).json()
        assert {figure["value"] for figure in nothing_yet["figures"]} == {0}
        assert await client.parked() == []
        assert await client.findings() == []
