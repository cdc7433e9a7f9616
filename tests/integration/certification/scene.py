"""A small programme around the certification service: events as enrollment sends them, requests as people send them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import httpx

from shared.auth.actor import Role
from shared.events.base import EventData
from shared.events.enrollment import (
    EnrollmentCompleted,
    EnrollmentWithdrawn,
    EnterpriseEnrolled,
    ModuleOffer,
    PartnerRegistered,
    ProgrammeDefined,
    Region,
    TrainingScheduled,
)
from shared.events.vocabulary import Delivery, LeadRole, PartnerKind
from shared.ids import new_id
from shared.messaging.record import Record
from tests.support.client import Client

SECRETARY: Final = Role.BOARD_SECRETARY
MANAGER: Final = Role.PROGRAMME_MANAGER
TOT: Final = date(2014, 3, 21)
RECOMMENDED: Final = date(2014, 7, 23)
DECIDED: Final = date(2014, 9, 25)
SEATS: Final = (
    ("E1", "employers"),
    ("E2", "employers"),
    ("W1", "workers"),
    ("W2", "workers"),
    ("G1", "government"),
    ("G2", "government"),
)


def ok(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer that is a success."""
    assert answer.status_code in (200, 201), answer.text
    body: dict[str, Any] = answer.json()
    return body


def refused(answer: httpx.Response, status: int, code: str, field_name: str | None = None) -> dict[str, Any]:
    """Return the problem of an answer that is refused as expected."""
    body: dict[str, Any] = answer.json()
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["type"] == f"urn:scorebook:problem:{code}", body
    if field_name is not None:
        assert field_name in [error["field"] for error in body["errors"]], body
    return body


def programme_defined(code: str, programme_id: UUID, version: int = 1, modules: Sequence[str] = ()) -> ProgrammeDefined:
    """Return the event of a programme's policy; the first module named comes first."""
    return ProgrammeDefined(
        programme_id=programme_id,
        programme=code,
        name=f"Programme {code}",
        country="BO",
        currency="BOB",
        policy_version=version,
        valid_from=date(2014, 3, 1),
        decision="Committee decision 1/2014",
        headcount_minimum=30,
        headcount_maximum=250,
        size_classes=(),
        sectors=(),
        regions=(Region(code="LP", name="La Paz"), Region(code="SC", name="Santa Cruz")),
        modules=tuple(
            ModuleOffer(
                code=module,
                number=number,
                name=module,
                is_first=number == 1,
                classroom_days=2,
                visits=3,
                max_enterprises=5,
                seats_managers=2,
                seats_workers=2,
            )
            for number, module in enumerate(modules or ("WPC", "QM", "OSH"), start=1)
        ),
        phases=(),
    )


@dataclass(slots=True)
class Scene:
    """One programme with a partner, and short ways to make things happen in it."""

    client: Client
    programme: str = "bolivia"
    programme_id: UUID = field(default_factory=new_id)
    partner_id: UUID = field(default_factory=new_id)
    members: dict[str, str] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    expert_id: str = ""

    @property
    def base(self) -> str:
        """Where the programme's routes begin."""
        return f"/v1/programmes/{self.programme}"

    async def post(self, path: str, body: object, role: Role = SECRETARY, **options: Any) -> httpx.Response:  # noqa: ANN401
        """POST below the programme; each role has a login of its own."""
        options.setdefault("subject", str(role))
        return await self.client.post(f"{self.base}/{path}", body, role=role, programme=self.programme, **options)

    async def get(self, path: str, role: Role = Role.AUDITOR, **options: Any) -> httpx.Response:  # noqa: ANN401
        """GET below the programme."""
        return await self.client.get(f"{self.base}/{path}", role=role, programme=self.programme, **options)

    async def deliver(self, data: EventData, *, aggregate_id: UUID) -> None:
        """Let an event of the programme arrive, and keep its record, to deliver it again."""
        self.records.append(await self.client.deliver(data, aggregate_id=aggregate_id, programme=self.programme))

    async def begin(self, *modules: str) -> "Scene":
        """Deliver the programme and its partner, register the board and one recognised expert."""
        await self.define(*modules)
        await self.seat_board()
        self.expert_id = await self.trainer("Expert 1", subject="expert-1")
        await self.recognise(self.expert_id)
        return self

    async def define(self, *modules: str) -> None:
        """Deliver the programme and its partner."""
        await self.deliver(
            programme_defined(self.programme, self.programme_id, modules=modules),
            aggregate_id=self.programme_id,
        )
        await self.deliver(
            PartnerRegistered(
                partner_id=self.partner_id,
                name="Chamber",
                kind=PartnerKind.REGIONAL_CHAMBER,
                region="LP",
                parent_id=None,
            ),
            aggregate_id=self.partner_id,
        )

    async def seat_board(self, seats: Sequence[tuple[str, str]] = SEATS, **more: object) -> None:
        """Register board members with mandates from 2014 to 2020, each with a login of the same name."""
        for name, constituency in seats:
            body = {
                "name": f"Member {name}",
                "constituency": constituency,
                "mandate_from": "2014-02-01",
                "mandate_to": "2020-01-31",
                "subject": name.lower(),
                **more,
            }
            self.members[name] = ok(await self.post("board-members", body))["id"]

    async def trainer(self, name: str, **more: object) -> str:
        """Register a trainer of the partner."""
        body = {
            "name": name,
            "sex": "female",
            "partner_id": str(self.partner_id),
            "employer": f"Employer of {name}",
            "region": "LP",
            "registered_on": "2014-01-10",
            **more,
        }
        identifier: str = ok(await self.post("trainers", body, MANAGER))["id"]
        return identifier

    async def recognise(self, trainer: str, *modules: str) -> dict[str, Any]:
        """Recognise an expert from 2014-01-15 on."""
        body = {"modules": list(modules or ("WPC", "OSH")), "valid_from": "2014-01-15", "authority": "Expert pool"}
        return ok(await self.post(f"trainers/{trainer}/recognitions", body))

    async def pass_tot(self, trainer: str, module: str = "WPC", on: date = TOT) -> None:
        """Let a trainer pass a training of trainers."""
        body = {"module": module, "outcome": "passed", "taken_on": on.isoformat(), "score": 80}
        ok(await self.post(f"trainers/{trainer}/tot-results", body, MANAGER))

    async def schedule(
        self, *candidates: str, module: str = "WPC", on: date = date(2014, 4, 23), expert: str | None = None
    ) -> UUID:
        """Deliver a training that `candidates` lead under an expert."""
        training_id = new_id()
        await self.deliver(
            TrainingScheduled(
                training_id=training_id,
                module=module,
                partner_id=self.partner_id,
                region="LP",
                delivery=Delivery.DIRECT,
                lead_trainer_id=UUID(candidates[0]),
                lead_role=LeadRole.CANDIDATE,
                supervising_expert_id=UUID(expert or self.expert_id),
                co_candidate_ids=tuple(UUID(one) for one in candidates[1:]),
                starts_on=on,
                ends_on=on + timedelta(days=1),
                planned_visits=3,
            ),
            aggregate_id=training_id,
        )
        return training_id

    async def enroll(self, training_id: UUID, on: date = date(2014, 4, 7), module: str = "WPC") -> UUID:
        """Deliver one enterprise's enrollment."""
        enrollment_id = new_id()
        await self.deliver(
            EnterpriseEnrolled(
                enrollment_id=enrollment_id,
                training_id=training_id,
                enterprise_id=new_id(),
                partner_id=self.partner_id,
                module=module,
                region="LP",
                delivery=Delivery.DIRECT,
                size_class="medium",
                headcount=100,
                enrolled_on=on,
            ),
            aggregate_id=enrollment_id,
        )
        return enrollment_id

    async def close(
        self, training_id: UUID, enrollment_id: UUID, on: date = date(2014, 7, 16), *, withdrawn: bool = False
    ) -> None:
        """Deliver that an enterprise completed, or withdrew."""
        ids = {
            "enrollment_id": enrollment_id,
            "training_id": training_id,
            "enterprise_id": new_id(),
            "partner_id": self.partner_id,
            "module": "WPC",
        }
        await self.deliver(
            EnrollmentWithdrawn(**ids, withdrawn_on=on, reason="sold")
            if withdrawn
            else EnrollmentCompleted(**ids, completed_on=on),
            aggregate_id=enrollment_id,
        )

    async def cycle(
        self, *candidates: str, module: str = "WPC", on: date = date(2014, 4, 23), done: date = date(2014, 7, 16)
    ) -> UUID:
        """Deliver a whole cycle: three enterprises, two of them complete, one withdrawn."""
        training_id = await self.schedule(*candidates, module=module, on=on)
        for number in range(3):
            enrollment_id = await self.enroll(training_id, on - timedelta(days=10), module)
            await self.close(training_id, enrollment_id, done - timedelta(days=number), withdrawn=number == 2)
        return training_id

    async def recommend(
        self,
        trainer: str,
        module: str = "WPC",
        on: date = RECOMMENDED,
        **options: Any,  # noqa: ANN401
    ) -> httpx.Response:
        """Recommend by the programme manager's entry of the expert's form."""
        body = {"module": module, "expert_id": self.expert_id, "recommended_on": on.isoformat()}
        return await self.post(f"trainers/{trainer}/recommendations", body, MANAGER, **options)

    async def candidate(self, name: str = "Trainer 1", **more: object) -> str:
        """Return a trainer who passed the ToT and completed a cycle in WPC."""
        trainer = await self.trainer(name, **more)
        await self.pass_tot(trainer)
        await self.cycle(trainer)
        return trainer

    async def vote(self, case: dict[str, Any], choices: dict[str, str], on: date = DECIDED) -> list[httpx.Response]:
        """Record votes from signed minutes: member name -> choice."""
        return [
            await self.post(
                f"cases/{case['id']}/votes",
                {
                    "choice": choice,
                    "voted_on": on.isoformat(),
                    "dossier_hash": case["dossier_hash"],
                    "recorded_for": self.members[name],
                },
            )
            for name, choice in choices.items()
        ]

    async def decide(
        self,
        case: dict[str, Any],
        on: date = DECIDED,
        reason: str | None = None,
        **options: Any,  # noqa: ANN401
    ) -> httpx.Response:
        """Record the decision."""
        body = {"decided_on": on.isoformat()} | ({} if reason is None else {"reason": reason})
        return await self.post(f"cases/{case['id']}/decisions", body, **options)

    async def certified(self, name: str = "Trainer 1", on: date = DECIDED) -> tuple[str, dict[str, Any]]:
        """Return a trainer certified in WPC by five votes to one, and the decision."""
        trainer = await self.candidate(name)
        case = ok(await self.recommend(trainer))
        for answer in await self.vote(case, dict.fromkeys(self.members, "for") | {"E2": "against"}, on):
            ok(answer)
        return trainer, ok(await self.decide(case, on))

    async def told(self, *kinds: str) -> list[dict[str, Any]]:
        """Return the data of the events of `kinds` (without service and version) in the outbox, in order."""
        return [event.data for event in await self.client.events() if event.type.split(".")[1] in kinds]

    async def state(self, trainer: str, module: str = "WPC") -> dict[str, Any]:
        """Return how a trainer stands in a module."""
        detail = ok(await self.get(f"trainers/{trainer}"))
        found: dict[str, Any] = next(one for one in detail["modules"] if one["module"] == module)
        return found
