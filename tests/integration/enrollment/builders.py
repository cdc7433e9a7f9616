"""A programme in the making: what tests need before they come to their point."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

import httpx

from shared.events.assessment import AssessmentCompleted
from shared.events.certification import TrainerCertified, TrainerRegistered, TrainingOfTrainersPassed
from shared.events.vocabulary import AssessmentKind, Sex
from shared.ids import new_id
from tests.support.client import Client

FIRST_DAY: Final = "2014-04-23"
SECOND_DAY: Final = "2014-04-24"
Body = dict[str, Any]


def policy(**different: Any) -> Body:  # noqa: ANN401 - any field of a policy
    """Return a policy: two size classes, two sectors, two regions, two modules of two places and two visits."""
    template = {"classroom_days": 2, "visits": 2, "max_enterprises": 2, "seats_managers": 2, "seats_workers": 2}
    return {
        "valid_from": "2014-03-01",
        "decision": "Committee decision 1/2014",
        "headcount_minimum": 30,
        "headcount_maximum": 250,
        "size_classes": [
            {"code": "small", "minimum": 30, "maximum": 50},
            {"code": "medium", "minimum": 51, "maximum": 250},
        ],
        "sectors": ["food", "leather"],
        "regions": [{"code": "LP", "name": "La Paz"}, {"code": "SC", "name": "Santa Cruz"}],
        "modules": [
            {"code": "WPC", "number": 1, "name": "Workplace Cooperation", "is_first": True, **template},
            {"code": "OSH", "number": 5, "name": "Safety and Health", "is_first": False, **template},
        ],
        "phases": [
            {
                "code": "III",
                "name": "Phase III",
                "starts_on": "2017-10-01",
                "ends_on": None,
                "targets": [{"indicator": "cost_recovery_pct", "value": "100"}],
            }
        ],
        **different,
    }


def created(answer: httpx.Response) -> Body:
    """Return what was made."""
    assert answer.status_code == 201, answer.text
    made: Body = answer.json()
    return made


def refusal(answer: httpx.Response) -> tuple[int, str, list[tuple[str, str]]]:
    """Return status, code and (field, rule) pairs of a problem document."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert problem["status"] == answer.status_code
    errors = [(one["field"], one["rule"]) for one in problem.get("errors", [])]
    return answer.status_code, problem["type"].rpartition(":")[2], errors


@dataclass(slots=True)
class Country:
    """One programme on a client, with the ids of what was made in it."""

    client: Client
    code: str = "bolivia"
    currency: str = "BOB"
    partner: str = ""
    other_partner: str = ""
    lead: UUID = field(default_factory=new_id)
    enterprises_made: int = 0

    @property
    def base(self) -> str:
        """The programme's path."""
        return f"/v1/programmes/{self.code}"

    async def define(self, **different: Any) -> Body:  # noqa: ANN401 - any field of a policy
        """Define the programme."""
        body = {"name": "Programme", "country": "BO", "currency": self.currency, **policy(**different)}
        return created(await self.client.post(self.base, body, programme=self.code))

    async def ready(self) -> "Country":
        """Define the programme, its partners and a certified trainer."""
        await self.define()
        national = await self.add_partner("Confederation", None)
        self.partner = await self.add_partner("Chamber of La Paz", "LP", national)
        self.other_partner = await self.add_partner("Chamber of Santa Cruz", "SC", national)
        await self.register_trainer(self.lead)
        await self.certify(self.lead, "WPC")
        await self.certify(self.lead, "OSH")
        return self

    async def add_partner(self, name: str, region: str | None, parent: str | None = None) -> str:
        """Register a partner and return its id."""
        kind = "national" if region is None else "regional-chamber"
        body = {"name": name, "kind": kind, "region": region, "parent_id": parent, "registered_on": "2014-03-01"}
        made: str = created(await self.client.post(f"{self.base}/partners", body, programme=self.code))["id"]
        return made

    async def register_trainer(self, trainer: UUID) -> None:
        """Let the certification service register a trainer."""
        data = TrainerRegistered(
            trainer_id=trainer,
            name="Trainer",
            sex=Sex.FEMALE,
            partner_id=None,
            region=None,
            registered_on=date(2014, 1, 2),
        )
        await self.client.deliver(data, aggregate_id=trainer, programme=self.code)

    async def certify(
        self,
        trainer: UUID,
        module: str,
        *,
        since: date = date(2014, 1, 15),
        until: date | None = None,
        is_expert: bool = False,
    ) -> None:
        """Let the certification service certify a trainer."""
        data = TrainerCertified(
            trainer_id=trainer,
            module=module,
            certificate_number=f"{module}-1",
            valid_from=since,
            valid_until=until,
            is_expert=is_expert,
            is_recognised=False,
            case_id=None,
        )
        await self.client.deliver(data, aggregate_id=trainer, programme=self.code)

    async def pass_tot(self, trainer: UUID, module: str, passed_on: date = date(2014, 3, 21)) -> None:
        """Let a trainer pass the training of trainers."""
        data = TrainingOfTrainersPassed(trainer_id=trainer, module=module, passed_on=passed_on)
        await self.client.deliver(data, aggregate_id=trainer, programme=self.code)

    async def assess(
        self, enterprise: str, on: date = date(2014, 4, 4), kind: AssessmentKind = AssessmentKind.BASELINE
    ) -> None:
        """Let the assessment service complete an assessment."""
        assessment = new_id()
        data = AssessmentCompleted(
            assessment_id=assessment,
            kind=kind,
            enterprise_id=UUID(enterprise),
            partner_id=UUID(self.partner) if self.partner else new_id(),
            training_id=None,
            enrollment_id=None,
            assessed_on=on,
            assessor_id=None,
            readings=(),
        )
        await self.client.deliver(data, aggregate_id=assessment, programme=self.code)

    async def post(self, path: str, body: object, *, partner: str | None = None, **how: Any) -> httpx.Response:  # noqa: ANN401 - passed on
        """POST as the partner's admin, or as `how` says."""
        as_whom = {"role": "partner-admin", "partner": partner or self.partner, "programme": self.code, **how}
        return await self.client.post(f"{self.base}{path}", body, **as_whom)

    async def get(self, path: str, **params: Any) -> Any:  # noqa: ANN401 - JSON
        """GET as an auditor of the programme, or as the params say; returns the JSON."""
        answer = await self.client.get(f"{self.base}{path}", **{"programme": self.code, **params})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def of_partner(self, path: str, partner: str) -> httpx.Response:
        """GET with the query parameter `partner`, as an auditor; the client keeps that name for the token's partner."""
        token = self.client.token("auditor", self.code)
        return await self.client.http.get(
            f"{self.base}{path}", params={"partner": partner}, headers={"authorization": f"Bearer {token}"}
        )

    def enterprise_body(self, **different: Any) -> Body:  # noqa: ANN401 - any field of an enterprise
        """Return an enterprise that may take part, with a tax id of its own."""
        self.enterprises_made += 1
        return {
            "partner_id": self.partner,
            "name": f"Enterprise {self.enterprises_made:03}",
            "tax_id": f"99000{self.enterprises_made:03}",
            "region": "LP",
            "sector": "food",
            "city": "El Alto",
            "women": 20,
            "men": 25,
            "registered_on": "2014-03-14",
            **different,
        }

    async def enterprise(self, *, baseline: bool = True, **different: Any) -> str:  # noqa: ANN401 - any field
        """Register an enterprise, with its baseline unless told otherwise, and return its id."""
        body = self.enterprise_body(**different)
        made: str = created(await self.post("/enterprises", body, partner=body["partner_id"]))["id"]
        if baseline:
            await self.assess(made)
        return made

    def training_body(self, **different: Any) -> Body:  # noqa: ANN401 - any field of a training
        """Return a training under the certified lead."""
        return {
            "partner_id": self.partner,
            "module": "WPC",
            "region": "LP",
            "delivery": "direct",
            "lead_role": "certified",
            "lead_trainer_id": str(self.lead),
            "starts_on": FIRST_DAY,
            "ends_on": SECOND_DAY,
            "venue": "Chamber hall",
            **different,
        }

    async def training(self, **different: Any) -> str:  # noqa: ANN401 - any field of a training
        """Schedule a training and return its id."""
        body = self.training_body(**different)
        made: str = created(await self.post("/trainings", body, partner=body["partner_id"]))["id"]
        return made

    async def enroll(self, training: str, enterprise: str, enrolled_on: str = "2014-04-07") -> str:
        """Enroll an enterprise and return the enrollment's id."""
        body = {"training_id": training, "enterprise_id": enterprise, "enrolled_on": enrolled_on}
        made: str = created(await self.post("/enrollments", body))["id"]
        return made

    async def hold_both_days(self, training: str, enterprise: str) -> None:
        """Hold both classroom days with one person present."""
        for day, held_on in ((1, FIRST_DAY), (2, SECOND_DAY)):
            created(await self.post(f"/trainings/{training}/sessions", session(day, held_on, present(enterprise))))

    async def visit(self, enrollment: str, number: int, visited_on: str) -> Body:
        """Record a visit by the lead."""
        body = {"number": number, "visited_on": visited_on, "trainer_id": str(self.lead)}
        return created(await self.post(f"/enrollments/{enrollment}/visits", body))

    async def complete(self, training: str, enterprise: str) -> str:
        """Take an enterprise through a training that starts on FIRST_DAY; returns the enrollment's id."""
        enrollment = await self.enroll(training, enterprise)
        await self.hold_both_days(training, enterprise)
        await self.visit(enrollment, 1, "2014-05-12")
        await self.visit(enrollment, 2, "2014-06-04")
        created(await self.post(f"/enrollments/{enrollment}/completion", {"completed_on": "2014-06-10"}))
        return enrollment


def present(enterprise: str, code: str = "P-1", sex: str = "female", level: str = "worker") -> Body:
    """Return one person present."""
    return {"enterprise_id": enterprise, "participant": code, "sex": sex, "level": level}


def session(day: int, held_on: str, *people: Body) -> Body:
    """Return a classroom day."""
    return {"day": day, "held_on": held_on, "attendances": list(people)}


async def everything_stored(client: Client) -> Mapping[str, int]:
    """Return how many rows every table has, the outbox and the idempotency keys included."""
    async with client.connection() as connection:
        tables = (
            await connection.exec_driver_sql(
                "SELECT table_name FROM information_schema.tables "
                "WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
            )
        ).scalars()
        counts = {}
        for table in list(tables):
            counts[table] = (await connection.exec_driver_sql(f'SELECT count(*) FROM "{table}"')).scalar_one()
        return counts
