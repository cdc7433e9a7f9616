"""A programme for billing's tests: the facts that other services would send, and the calls a partner's finance makes."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import httpx

from shared.database.provision import Provisioned
from shared.events.assessment import AssessmentCompleted
from shared.events.enrollment import (
    EnrollmentCompleted,
    EnrollmentWithdrawn,
    EnterpriseEnrolled,
    EnterpriseRegistered,
    ModuleOffer,
    PartnerRegistered,
    Phase,
    ProgrammeDefined,
    Region,
    SizeClass,
    TrainingScheduled,
    VisitAborted,
)
from shared.events.vocabulary import AssessmentKind, Delivery, LeadRole, PartnerKind
from shared.ids import new_id
from shared.money import Money
from tests.support.client import Client

START: Final = date(2016, 1, 4)
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
class World:
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

    # --- facts of other services -----------------------------------------------------------------------------
    async def define(self, version: int = 1, currency: str | None = None) -> None:
        """Define the programme: modules WPC (first) and OSH, sizes small and medium, two phases."""
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
                phases=(
                    Phase(code="II", name="Two", starts_on=date(2014, 1, 1), ends_on=date(2016, 12, 31), targets=()),
                    Phase(code="III", name="Three", starts_on=date(2017, 1, 1), ends_on=None, targets=()),
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

    async def begin(self) -> "World":
        """Define the programme and register the first partner."""
        await self.define()
        await self.join(self.partner)
        return self

    async def enterprise(self, size: str = "medium", partner: UUID | None = None) -> UUID:
        """Register an enterprise."""
        enterprise_id = new_id()
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
    ) -> UUID:
        """Schedule a training."""
        training_id = new_id()
        await self.client.deliver(
            TrainingScheduled(
                training_id=training_id,
                module=module,
                partner_id=partner or self.partner,
                region=region,
                delivery=delivery,
                lead_trainer_id=new_id(),
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

    async def enroll(self, enterprise: UUID, training: UUID, **how: Any) -> UUID:
        """Enroll an enterprise; returns the enrollment."""
        enrollment_id = new_id()
        await self.client.deliver(
            self.enrolled(enrollment_id, enterprise, training, **how),
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

    # --- calls -----------------------------------------------------------------------------------------------
    async def send(self, path: str, body: Json, **how: Any) -> httpx.Response:
        """POST as the programme manager, or as `role` and `partner` say."""
        return await self.client.post(f"{self.path}{path}", body, programme=self.programme, **how)

    async def done(self, path: str, body: Json, **how: Any) -> Json:
        """POST and expect 201."""
        answer = await self.send(path, body, **how)
        assert answer.status_code == 201, answer.text
        result: Json = answer.json()
        return result

    async def refused(self, path: str, body: Json, **how: Any) -> tuple[int, str, str]:
        """POST and expect a refusal; returns status, field and rule of the first error (or the problem's type)."""
        answer = await self.send(path, body, **how)
        assert 400 <= answer.status_code < 500, answer.text
        problem = answer.json()
        first = problem.get("errors", [{"field": "", "rule": problem["type"].rpartition(":")[2]}])[0]
        return answer.status_code, first["field"], first["rule"]

    async def show(self, path: str, **params: Any) -> Json:
        """GET and expect 200."""
        answer = await self.client.get(f"{self.path}{path}", programme=self.programme, **params)
        assert answer.status_code == 200, answer.text
        result: Json = answer.json()
        return result

    async def all(self, path: str, **params: Any) -> list[Json]:
        """GET every item of a list, page by page."""
        items: list[Json] = []
        page = await self.show(path, limit=500, **params)
        items += page["items"]
        while page["next"]:
            page = await self.show(path, limit=500, cursor=page["next"], **params)
            items += page["items"]
        return items

    async def price(self, amount: str, module: str = "WPC", valid_from: date = date(2014, 1, 1), **more: Any) -> Json:
        """Add a price."""
        partner = more.pop("partner", self.partner)
        body = {"partner_id": str(partner), "module": module, "valid_from": str(valid_from), **more}
        return await self.done("/prices", {**body, "price": self.money(amount)})

    async def agreement(
        self,
        code: str,
        payer_class: str,
        shares: dict[str, str],
        ceiling: str = "1000000.00",
        valid_from: date = date(2014, 1, 1),
        **more: Any,
    ) -> Json:
        """Sign an agreement; `shares` are per cent by size class."""
        return await self.done(
            "/agreements",
            {
                "code": code,
                "payer_class": payer_class,
                "payer_name": f"Payer {code} (demo)",
                "shares": [{"size_class": size, "share_pct": pct} for size, pct in shares.items()],
                "ceiling": self.money(ceiling),
                "valid_from": str(valid_from),
                **more,
            },
        )

    async def invoice_of(self, enrollment: UUID) -> Json:
        """Return the newest invoice of an enrollment."""
        return (await self.all("/invoices", enrollment_id=str(enrollment)))[-1]

    async def issue(self, invoice: Json, on: date = START, due: date | None = None) -> Json:
        """Issue a draft."""
        body = {"issued_on": str(on), "due_on": str(due or on + timedelta(days=30))}
        return await self.done(f"/invoices/{invoice['id']}/issue", body)

    async def pay(self, amount: str, on: date, reference: str = "", partner: UUID | None = None, **payer: Any) -> Json:
        """Record a payment of `enterprise_id` or `agreement_id`."""
        body = {"partner_id": str(partner or self.partner), **{name: str(value) for name, value in payer.items()}}
        return await self.done(
            "/payments", {**body, "received_on": str(on), "amount": self.money(amount), "reference": reference}
        )

    async def allocate(self, payment: Json, amount: str, on: date, **target: Any) -> Json:
        """Allocate part of a payment to `invoice_id` or `claim_id`."""
        return await self.done(
            f"/payments/{payment['id']}/allocations",
            {"amount": self.money(amount), "allocated_on": str(on), **{k: str(v) for k, v in target.items()}},
        )

    async def cost(self, amount: str, kind: str, on: date, training: UUID | None = None, **more: Any) -> Json:
        """Record a cost."""
        body: Json = {"partner_id": str(more.pop("partner", self.partner)), "kind": kind, "incurred_on": str(on)}
        if training is not None:
            body["training_id"] = str(training)
        return await self.done("/costs", {**body, "amount": self.money(amount), "description": kind, **more})

    async def claim(self, agreement: Json, on: date, **targets: Any) -> Json:
        """Submit a claim by `training_ids` or `invoice_ids`."""
        body = {"agreement_id": agreement["id"], "partner_id": str(self.partner), "submitted_on": str(on)}
        return await self.done("/claims", {**body, **{k: [str(v) for v in ids] for k, ids in targets.items()}})

    async def recovery(self, basis: str, cut: dict[str, str] | None = None, **how: Any) -> Json:
        """Return cost recovery as {formula: percent or None} plus the components' amounts; `how` says who asks."""
        shown = await self.show(f"/cost-recovery?{urlencode({'basis': basis, **(cut or {})})}", **how)
        amounts = {name: money["amount"] for name, money in shown["components"].items()}
        return {**{each["formula"]: each["percent"] for each in shown["ratios"]}, **amounts}

    async def balances(self, partner: UUID | None = None, **params: Any) -> dict[str, str]:
        """Return debit-positive balances that are not zero, by account code, sub-accounts taken together."""
        trial = await self.show(f"/books/{partner or self.partner}/trial-balance", **params)
        assert trial["total_debit"] == trial["total_credit"]
        lines = {line["code"]: (line["debit"]["amount"], line["credit"]["amount"]) for line in trial["lines"]}
        return {
            code: debit if float_free(debit) else f"-{credit}"
            for code, (debit, credit) in lines.items()
            if float_free(debit) or float_free(credit)
        }

    async def said(self, event: str) -> list[Json]:
        """Return the data of every event of a type, by its last part, for example `invoice-issued`."""
        return [stored.data for stored in await self.client.events() if stored.type == f"billing.{event}.v1"]

    async def clean(self) -> None:
        """Assert that the service's own verification finds nothing."""
        assert await self.client.findings() == []


def float_free(amount: str) -> bool:
    """Tell whether a decimal string is not zero, without making it a float."""
    return any(digit in "123456789" for digit in amount)
