"""A programme for billing's tests: the facts that other services would send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Self
from uuid import UUID

from shared.database.provision import Provisioned
from shared.events.assessment import AssessmentCompleted
from shared.events.enrollment import (
    Attendance,
    EnrollmentCompleted,
    EnrollmentWithdrawn,
    EnterpriseEnrolled,
    EnterpriseRegistered,
    ModuleOffer,
    PartnerRegistered,
    Phase,
    PhaseTarget,
    ProgrammeDefined,
    Region,
    SessionHeld,
    SizeClass,
    TrainingScheduled,
    VisitAborted,
    VisitCompleted,
)
from shared.events.vocabulary import AssessmentKind, Delivery, LeadRole, Level, PartnerKind, Sex
from shared.ids import new_id
from shared.money import Money
from tests.support.client import Client

START: Final = date(2016, 1, 4)
PHASES: Final = (("II", date(2014, 1, 1), date(2016, 12, 31)), ("III", date(2017, 1, 1), None))
Json = dict[str, Any]


def module_offer(code: str, number: int) -> ModuleOffer:
    """Return a module of the catalogue; number 1 is the first."""
    return ModuleOffer(
        code=code,
        number=number,
        name=code,
        is_first=number == 1,
        classroom_days=2,
        visits=3,
        max_enterprises=5,
        seats_managers=2,
        seats_workers=2,
    )


@dataclass(slots=True)
class Facts:
    """One programme with one partner; more partners and enterprises on demand."""

    client: Client
    database: Provisioned
    programme: str = "bolivia"
    currency: str = "BOB"
    programme_id: UUID = field(default_factory=new_id)
    partner: UUID = field(default_factory=new_id)

    @property
    def path(self) -> str:
        """The root of this programme's routes."""
        return f"/v1/programmes/{self.programme}"

    def money(self, amount: str) -> Json:
        """Return `amount` in the programme's currency as it is on the wire."""
        return {"amount": amount, "currency": self.currency}

    async def define(
        self,
        version: int = 1,
        currency: str | None = None,
        phases: Sequence[tuple[str, date, date | None]] = PHASES,
        targets: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Define the programme: modules WPC (first) and OSH, sizes small and medium, two phases.

        `targets` are per cent by phase and indicator.
        """
        await self.client.deliver(
            ProgrammeDefined(
                programme_id=self.programme_id,
                programme=self.programme,
                name="Programme (demo)",
                country="BO",
                currency=currency or self.currency,
                policy_version=version,
                valid_from=START,
                decision="Committee decision 1 (demo)",
                headcount_minimum=25,
                headcount_maximum=250,
                size_classes=(
                    SizeClass(code="small", minimum=25, maximum=50),
                    SizeClass(code="medium", minimum=51, maximum=250),
                ),
                sectors=("food",),
                regions=(Region(code="LP", name="La Paz"), Region(code="SC", name="Santa Cruz")),
                modules=(module_offer("WPC", 1), module_offer("OSH", 5)),
                phases=tuple(
                    Phase(
                        code=code,
                        name=code,
                        starts_on=starts_on,
                        ends_on=ends_on,
                        targets=tuple(
                            PhaseTarget(indicator=indicator, value=Decimal(value))
                            for indicator, value in (targets or {}).get(code, {}).items()
                        ),
                    )
                    for code, starts_on, ends_on in phases
                ),
            ),
            aggregate_id=self.programme_id,
            programme=self.programme,
        )

    async def join(self, partner: UUID | None = None, region: str | None = "LP") -> UUID:
        """Register a partner; without `partner` another one than the first."""
        partner_id = partner or new_id()
        await self.client.deliver(
            PartnerRegistered(
                partner_id=partner_id,
                name="Chamber (demo)",
                kind=PartnerKind.REGIONAL_CHAMBER,
                region=region,
                parent_id=None,
            ),
            aggregate_id=partner_id,
            programme=self.programme,
        )
        return partner_id

    async def begin(self) -> Self:
        """Define the programme and register the first partner."""
        await self.define()
        await self.join(self.partner)
        return self

    async def enterprise(
        self, size: str = "medium", partner: UUID | None = None, enterprise_id: UUID | None = None
    ) -> UUID:
        """Register an enterprise."""
        enterprise_id = enterprise_id or new_id()
        await self.client.deliver(
            EnterpriseRegistered(
                enterprise_id=enterprise_id,
                partner_id=partner or self.partner,
                name=f"Enterprise {str(enterprise_id)[-4:]} (demo)",
                tax_id=str(int(enterprise_id) % 10**10),
                region="LP",
                sector="food",
                women=20,
                men=20,
                size_class=size,
                registered_on=START,
            ),
            aggregate_id=enterprise_id,
            programme=self.programme,
        )
        return enterprise_id

    async def training(
        self,
        module: str = "WPC",
        partner: UUID | None = None,
        delivery: Delivery = Delivery.DIRECT,
        region: str = "LP",
        training_id: UUID | None = None,
        trainer: UUID | None = None,
    ) -> UUID:
        """Schedule a training."""
        training_id = training_id or new_id()
        await self.client.deliver(
            TrainingScheduled(
                training_id=training_id,
                module=module,
                partner_id=partner or self.partner,
                region=region,
                delivery=delivery,
                lead_trainer_id=trainer or new_id(),
                lead_role=LeadRole.CERTIFIED,
                supervising_expert_id=None,
                co_candidate_ids=(),
                starts_on=START + timedelta(days=30),
                ends_on=START + timedelta(days=31),
                planned_visits=3,
            ),
            aggregate_id=training_id,
            programme=self.programme,
        )
        return training_id

    def enrolled(
        self,
        enrollment_id: UUID,
        enterprise: UUID,
        training: UUID,
        *,
        size: str = "medium",
        on: date = START,
        module: str = "WPC",
        partner: UUID | None = None,
        delivery: Delivery = Delivery.DIRECT,
        region: str = "LP",
    ) -> EnterpriseEnrolled:
        """Return the event of an enrollment."""
        return EnterpriseEnrolled(
            enrollment_id=enrollment_id,
            training_id=training,
            enterprise_id=enterprise,
            partner_id=partner or self.partner,
            module=module,
            region=region,
            delivery=delivery,
            size_class=size,
            headcount=40 if size == "small" else 120,
            enrolled_on=on,
        )

    async def enroll(
        self,
        enterprise: UUID,
        training: UUID,
        *,
        size: str = "medium",
        on: date = START,
        module: str = "WPC",
        partner: UUID | None = None,
        delivery: Delivery = Delivery.DIRECT,
        region: str = "LP",
        enrollment_id: UUID | None = None,
    ) -> UUID:
        """Enroll an enterprise; returns the enrollment."""
        enrollment_id = enrollment_id or new_id()
        await self.client.deliver(
            self.enrolled(
                enrollment_id,
                enterprise,
                training,
                size=size,
                on=on,
                module=module,
                partner=partner,
                delivery=delivery,
                region=region,
            ),
            aggregate_id=enrollment_id,
            programme=self.programme,
        )
        return enrollment_id

    async def complete(self, enrollment: UUID, enterprise: UUID, training: UUID, on: date, module: str = "WPC") -> None:
        """Complete an enrollment."""
        await self.client.deliver(
            EnrollmentCompleted(
                enrollment_id=enrollment,
                training_id=training,
                enterprise_id=enterprise,
                partner_id=self.partner,
                module=module,
                completed_on=on,
            ),
            aggregate_id=enrollment,
            programme=self.programme,
        )

    async def endline(self, enrollment: UUID, enterprise: UUID, training: UUID, on: date) -> None:
        """Assess an enterprise after a module."""
        assessment_id = new_id()
        await self.client.deliver(
            AssessmentCompleted(
                assessment_id=assessment_id,
                kind=AssessmentKind.ENDLINE,
                enterprise_id=enterprise,
                partner_id=self.partner,
                training_id=training,
                enrollment_id=enrollment,
                assessed_on=on,
                assessor_id=None,
                readings=(),
            ),
            aggregate_id=assessment_id,
            programme=self.programme,
        )

    async def withdraw(self, enrollment: UUID, enterprise: UUID, training: UUID, on: date) -> None:
        """Withdraw from a training."""
        await self.client.deliver(
            EnrollmentWithdrawn(
                enrollment_id=enrollment,
                training_id=training,
                enterprise_id=enterprise,
                partner_id=self.partner,
                module="WPC",
                withdrawn_on=on,
                reason="change of owner",
            ),
            aggregate_id=enrollment,
            programme=self.programme,
        )

    async def hold_session(
        self,
        training: UUID,
        on: date,
        *enterprises: UUID,
        day: int = 1,
        people: tuple[tuple[Sex, Level], ...] = ((Sex.FEMALE, Level.MANAGER), (Sex.MALE, Level.WORKER)),
        module: str = "WPC",
        partner: UUID | None = None,
    ) -> None:
        """Hold a classroom day at which each enterprise has the same people."""
        await self.client.deliver(
            SessionHeld(
                training_id=training,
                module=module,
                partner_id=partner or self.partner,
                day=day,
                held_on=on,
                attendances=tuple(
                    Attendance(enterprise_id=firm, participant=f"P{number}", sex=sex, level=level)
                    for firm in enterprises
                    for number, (sex, level) in enumerate(people, start=1)
                ),
            ),
            aggregate_id=training,
            programme=self.programme,
        )

    async def visit(self, enrollment: UUID, enterprise: UUID, training: UUID, on: date, number: int = 1) -> None:
        """Complete a visit."""
        await self.client.deliver(
            VisitCompleted(
                enrollment_id=enrollment,
                training_id=training,
                enterprise_id=enterprise,
                partner_id=self.partner,
                number=number,
                visited_on=on,
                trainer_id=new_id(),
            ),
            aggregate_id=enrollment,
            programme=self.programme,
        )

    async def abort_visit(
        self, enrollment: UUID, enterprise: UUID, training: UUID, on: date, cost: Money | None
    ) -> None:
        """Abort a visit."""
        await self.client.deliver(
            VisitAborted(
                enrollment_id=enrollment,
                training_id=training,
                enterprise_id=enterprise,
                partner_id=self.partner,
                number=1,
                attempted_on=on,
                trainer_id=new_id(),
                reason="workers not released",
                cost=cost,
            ),
            aggregate_id=enrollment,
            programme=self.programme,
        )
