"""Builders: facts of other services as they arrive, and requests as people send them."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import httpx

from shared.events.certification import TrainerRegistered
from shared.events.enrollment import (
    Attendance,
    EnrollmentCompleted,
    EnrollmentWithdrawn,
    EnterpriseEnrolled,
    EnterpriseRegistered,
    ModuleOffer,
    PartnerRegistered,
    ProgrammeDefined,
    Region,
    SessionHeld,
    SizeClass,
    TrainingScheduled,
)
from shared.events.vocabulary import Delivery, LeadRole, Level, PartnerKind, Sex
from shared.ids import new_id
from shared.messaging.record import Record
from tests.support.client import Client


def measured(kpi: str, numerator: str, denominator: str, **more: str) -> dict[str, str]:
    """Return a reading with a value."""
    return {"kpi": kpi, "status": "measured", "numerator": numerator, "denominator": denominator, **more}


def absent(kpi: str, status: str) -> dict[str, str]:
    """Return a reading without one."""
    return {"kpi": kpi, "status": status}


@dataclass(frozen=True, slots=True)
class Enrolled:
    """An enterprise's place in a training."""

    enrollment: UUID
    enterprise: UUID
    training: UUID
    partner: UUID


@dataclass(slots=True)
class World:
    """One programme seen from outside."""

    client: Client
    programme: str = "bolivia"
    partner: UUID = field(default_factory=new_id)
    other_partner: UUID = field(default_factory=new_id)
    programme_id: UUID = field(default_factory=new_id)

    @property
    def base(self) -> str:
        """The programme's path."""
        return f"/v1/programmes/{self.programme}"

    async def tell(self, data: Any, aggregate_id: UUID) -> Record:  # noqa: ANN401 - any contract
        """Let an event arrive."""
        return await self.client.deliver(data, aggregate_id=aggregate_id, programme=self.programme)

    async def post(self, path: str, body: object, **more: Any) -> httpx.Response:  # noqa: ANN401 - passed on
        """Send a request to the programme."""
        return await self.client.post(f"{self.base}{path}", body, **{"programme": self.programme, **more})

    async def get(self, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 - passed on
        """Read from the programme."""
        return await self.client.get(f"{self.base}{path}", **{"programme": self.programme, **more})

    async def define_programme(self, valid_from: date = date(2014, 3, 1), version: int = 1) -> None:
        """Let the programme's policy arrive: two modules, two classroom days each."""
        await self.tell(
            ProgrammeDefined(
                programme_id=self.programme_id,
                programme=self.programme,
                name=f"SCORE Training {self.programme}",
                country="BO",
                currency="BOB",
                policy_version=version,
                valid_from=valid_from,
                decision="Committee decision 1/2014",
                headcount_minimum=30,
                headcount_maximum=250,
                size_classes=(SizeClass(code="small", minimum=30, maximum=250),),
                sectors=("food",),
                regions=(Region(code="LP", name="La Paz"),),
                modules=tuple(
                    ModuleOffer(
                        code=code,
                        number=number,
                        name=f"Module {number}",
                        is_first=number == 1,
                        classroom_days=2,
                        visits=3,
                        max_enterprises=5,
                        seats_managers=2,
                        seats_workers=2,
                    )
                    for number, code in ((1, "WPC"), (5, "OSH"))
                ),
                phases=(),
            ),
            self.programme_id,
        )

    async def register_partners(self) -> None:
        """Let two chambers arrive."""
        for partner in (self.partner, self.other_partner):
            await self.tell(
                PartnerRegistered(
                    partner_id=partner, name="Chamber", kind=PartnerKind.REGIONAL_CHAMBER, region="LP", parent_id=None
                ),
                partner,
            )

    async def register_enterprise(self, partner: UUID | None = None, region: str = "LP") -> UUID:
        """Let an enterprise arrive."""
        enterprise = new_id()
        await self.tell(
            EnterpriseRegistered(
                enterprise_id=enterprise,
                partner_id=partner or self.partner,
                name="Enterprise 001",
                tax_id="9900107",
                region=region,
                sector="food",
                women=40,
                men=60,
                size_class="small",
                registered_on=date(2014, 3, 14),
            ),
            enterprise,
        )
        return enterprise

    async def register_trainer(self) -> UUID:
        """Let a trainer arrive."""
        trainer = new_id()
        await self.tell(
            TrainerRegistered(
                trainer_id=trainer,
                name="Trainer 01",
                sex=Sex.FEMALE,
                partner_id=None,
                region="LP",
                registered_on=date(2014, 1, 15),
            ),
            trainer,
        )
        return trainer

    async def schedule_training(
        self, partner: UUID | None = None, module: str = "WPC", starts_on: date = date(2014, 4, 23)
    ) -> UUID:
        """Let a training arrive."""
        training = new_id()
        await self.tell(self.training_event(training, partner, module, starts_on), training)
        return training

    def training_event(
        self,
        training: UUID,
        partner: UUID | None = None,
        module: str = "WPC",
        starts_on: date = date(2014, 4, 23),
    ) -> TrainingScheduled:
        """Return the event of a training."""
        return TrainingScheduled(
            training_id=training,
            module=module,
            partner_id=partner or self.partner,
            region="LP",
            delivery=Delivery.DIRECT,
            lead_trainer_id=new_id(),
            lead_role=LeadRole.CERTIFIED,
            supervising_expert_id=None,
            co_candidate_ids=(),
            starts_on=starts_on,
            ends_on=date.fromordinal(starts_on.toordinal() + 1),
            planned_visits=3,
        )

    async def enroll(self, enterprise: UUID, training: UUID, partner: UUID | None = None) -> Enrolled:
        """Let an enrollment arrive."""
        enrollment = new_id()
        await self.tell(self.enrollment_event(enrollment, enterprise, training, partner), enrollment)
        return Enrolled(enrollment, enterprise, training, partner or self.partner)

    def enrollment_event(
        self, enrollment: UUID, enterprise: UUID, training: UUID, partner: UUID | None = None
    ) -> EnterpriseEnrolled:
        """Return the event of an enrollment."""
        return EnterpriseEnrolled(
            enrollment_id=enrollment,
            training_id=training,
            enterprise_id=enterprise,
            partner_id=partner or self.partner,
            module="WPC",
            region="LP",
            delivery=Delivery.DIRECT,
            size_class="small",
            headcount=100,
            enrolled_on=date(2014, 4, 7),
        )

    async def enrolled_enterprise(self, partner: UUID | None = None) -> Enrolled:
        """Let an enterprise, a training and its enrollment arrive."""
        enterprise = await self.register_enterprise(partner)
        return await self.enroll(enterprise, await self.schedule_training(partner), partner)

    async def withdraw(self, place: Enrolled, on: date = date(2014, 5, 2)) -> None:
        """Let a withdrawal arrive."""
        await self.tell(
            EnrollmentWithdrawn(
                enrollment_id=place.enrollment,
                training_id=place.training,
                enterprise_id=place.enterprise,
                partner_id=place.partner,
                module="WPC",
                withdrawn_on=on,
                reason="moved away",
            ),
            place.enrollment,
        )

    async def complete(self, place: Enrolled, on: date = date(2014, 7, 7)) -> None:
        """Let a completion arrive."""
        await self.tell(self.completion_event(place, on), place.enrollment)

    def completion_event(self, place: Enrolled, on: date = date(2014, 7, 7)) -> EnrollmentCompleted:
        """Return the event of a completion."""
        return EnrollmentCompleted(
            enrollment_id=place.enrollment,
            training_id=place.training,
            enterprise_id=place.enterprise,
            partner_id=place.partner,
            module="WPC",
            completed_on=on,
        )

    async def hold_session(
        self, training: UUID, enterprise: UUID, people: int, *, day: int = 1, first: int = 1
    ) -> None:
        """Let a classroom day arrive with `people` from the person numbered `first` on."""
        await self.tell(self.session_event(training, enterprise, people, day=day, first=first), training)

    def session_event(
        self, training: UUID, enterprise: UUID, people: int, *, day: int = 1, first: int = 1
    ) -> SessionHeld:
        """Return the event of a classroom day, 22 April 2014 plus `day`."""
        return SessionHeld(
            training_id=training,
            module="WPC",
            partner_id=self.partner,
            day=day,
            held_on=date(2014, 4, 22 + day),
            attendances=tuple(
                Attendance(enterprise_id=enterprise, participant=f"P-{number:04}", sex=Sex.FEMALE, level=Level.WORKER)
                for number in range(first, first + people)
            ),
        )

    async def baseline(
        self,
        enterprise: UUID,
        *readings: dict[str, str],
        on: str = "2014-04-04",
        **more: Any,  # noqa: ANN401 - passed on
    ) -> httpx.Response:
        """Record a baseline."""
        body = {"enterprise_id": str(enterprise), "assessed_on": on, "readings": list(readings or _READINGS)}
        return await self.post("/assessments/baseline", body, **more)

    async def endline(
        self,
        place: Enrolled,
        *readings: dict[str, str],
        on: str = "2014-06-27",
        **more: Any,  # noqa: ANN401 - passed on
    ) -> httpx.Response:
        """Record an endline."""
        body = {"enrollment_id": str(place.enrollment), "assessed_on": on, "readings": list(readings or _READINGS)}
        return await self.post("/assessments/endline", body, **more)

    async def stored(self) -> dict[str, int]:
        """Count what the service has recorded itself: rows by table, and events."""
        tables = ("assessment", "reading", "satisfaction", "improvement", "case_study", "outbox", "audit_trail")
        async with self.client.connection() as connection:
            return {
                table: (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one()
                for table in tables
            }


_READINGS = (measured("defect-rate", "126", "4260"), absent("energy-use", "not-tracked"))
