"""What billing does when other services say something: keeps its copies, drafts, cancels, earns, books costs."""

from typing import Any
from uuid import UUID

from sqlalchemy import Table, exists, select, update
from sqlalchemy.dialects.postgresql import insert

from services.billing import ledger
from services.billing.commands.costs import Incurred, book_cost
from services.billing.commands.drafting import draft_for
from services.billing.commands.earning import earn
from services.billing.commands.invoices import cancel_draft
from services.billing.commands.loading import load_programme, locked_invoice, one
from services.billing.domain.costs import CostKind
from services.billing.domain.invoices import InvoiceState
from services.billing.domain.programme import Programme
from services.billing.errors import CurrencyChanged, WrongCurrency
from services.billing.ledger import Late
from services.billing.queries.agreements import LIVE
from services.billing.queries.scope import AnyRow
from services.billing.tables import enrollment, enterprise, invoice, partner, programme, training
from shared.database.transaction import Transaction
from shared.errors import FactMissing
from shared.events.assessment import AssessmentCompleted
from shared.events.enrollment import (
    EnrollmentCompleted,
    EnrollmentWithdrawn,
    EnterpriseEnrolled,
    EnterpriseRegistered,
    PartnerRegistered,
    ProgrammeDefined,
    TrainingScheduled,
    VisitAborted,
)
from shared.events.vocabulary import AssessmentKind
from shared.messaging.handlers import Event, Handlers

handlers = Handlers("billing")


@handlers.on(ProgrammeDefined)
async def programme_defined(tx: Transaction, event: Event[ProgrammeDefined]) -> None:
    """Keep the newest policy; the currency is for ever."""
    data = event.data
    known = await load_programme(tx, data.programme)
    if known is not None and known.currency != data.currency:
        raise CurrencyChanged(data.programme, known.currency, data.currency)
    values: dict[str, Any] = {
        "programme": data.programme,
        "id": data.programme_id,
        "name": data.name,
        "currency": data.currency,
        "policy_version": data.policy_version,
        "modules": [{"code": module.code, "is_first": module.is_first} for module in data.modules],
        "size_classes": [size_class.code for size_class in data.size_classes],
        "regions": [region.code for region in data.regions],
        "phases": [
            {
                "code": phase.code,
                "starts_on": phase.starts_on.isoformat(),
                "ends_on": None if phase.ends_on is None else phase.ends_on.isoformat(),
            }
            for phase in data.phases
        ],
    }
    written = insert(programme).values(values)
    await tx.connection.execute(
        written.on_conflict_do_update(
            index_elements=["programme"],
            set_={name: written.excluded[name] for name in values},
            where=programme.c.policy_version < written.excluded.policy_version,
        )
    )


async def _policy(tx: Transaction, code: str) -> Programme:
    found = await load_programme(tx, code)
    if found is None:
        raise FactMissing("programme", code)
    return found


async def _need(tx: Transaction, table: Table, noun: str, identifier: UUID) -> AnyRow:
    row = await one(tx, select(table).where(table.c.id == identifier))
    if row is None:
        raise FactMissing(noun, identifier)
    return row


async def _need_all(tx: Transaction, *wanted: tuple[Table, str, UUID]) -> None:
    known = await one(tx, select(*(exists().where(table.c.id == identifier) for table, _, identifier in wanted)))
    for is_known, (_, noun, identifier) in zip(known or (), wanted, strict=True):
        if not is_known:
            raise FactMissing(noun, identifier)


@handlers.on(PartnerRegistered)
async def partner_registered(tx: Transaction, event: Event[PartnerRegistered]) -> None:
    """Open the partner's book, in the programme's currency."""
    data = event.data
    policy = await _policy(tx, event.programme)
    await tx.connection.execute(
        insert(partner).values(
            id=data.partner_id, programme=event.programme, name=data.name, kind=data.kind.value, region=data.region
        )
    )
    await ledger.open_book(tx, data.partner_id, event.programme, policy.currency)


@handlers.on(EnterpriseRegistered)
async def enterprise_registered(tx: Transaction, event: Event[EnterpriseRegistered]) -> None:
    """Keep who may be billed."""
    data = event.data
    await _need(tx, partner, "partner", data.partner_id)
    await tx.connection.execute(
        insert(enterprise).values(
            id=data.enterprise_id,
            programme=event.programme,
            partner_id=data.partner_id,
            name=data.name,
            tax_id=data.tax_id,
        )
    )


@handlers.on(TrainingScheduled)
async def training_scheduled(tx: Transaction, event: Event[TrainingScheduled]) -> None:
    """Keep what costs belong to."""
    data = event.data
    await _need(tx, partner, "partner", data.partner_id)
    await tx.connection.execute(
        insert(training).values(
            id=data.training_id,
            programme=event.programme,
            partner_id=data.partner_id,
            module=data.module,
            region=data.region,
            delivery=data.delivery.value,
            starts_on=data.starts_on,
            ends_on=data.ends_on,
        )
    )


@handlers.on(EnterpriseEnrolled)
async def enterprise_enrolled(tx: Transaction, event: Event[EnterpriseEnrolled]) -> None:
    """Draft the invoice, or keep the enrollment as unpriced."""
    data = event.data
    await _need_all(
        tx,
        (partner, "partner", data.partner_id),
        (enterprise, "enterprise", data.enterprise_id),
        (training, "training", data.training_id),
    )
    enrolled = (
        await tx.connection.execute(
            insert(enrollment)
            .values(
                id=data.enrollment_id,
                programme=event.programme,
                partner_id=data.partner_id,
                enterprise_id=data.enterprise_id,
                training_id=data.training_id,
                module=data.module,
                region=data.region,
                delivery=data.delivery.value,
                size_class=data.size_class,
                enrolled_on=data.enrolled_on,
            )
            .returning(*enrollment.c)
        )
    ).one()
    await draft_for(tx, enrolled)


async def _locked_enrollment(tx: Transaction, enrollment_id: UUID) -> AnyRow:
    row = await one(tx, select(enrollment).where(enrollment.c.id == enrollment_id).with_for_update())
    if row is None:
        raise FactMissing("enrollment", enrollment_id)
    return row


async def _live_invoice(tx: Transaction, enrollment_id: UUID) -> AnyRow | None:
    found = await one(
        tx, select(invoice.c.id).where(invoice.c.enrollment_id == enrollment_id, invoice.c.state.in_(LIVE))
    )
    return None if found is None else await locked_invoice(tx, found.id)


async def _earn_if_due(tx: Transaction, enrollment_id: UUID, code: str) -> None:
    live = await _live_invoice(tx, enrollment_id)
    if live is not None:
        await earn(tx, live.id, await _policy(tx, code))


@handlers.on(EnrollmentCompleted)
async def enrollment_completed(tx: Transaction, event: Event[EnrollmentCompleted]) -> None:
    """Delivered: the fee is earned once the endline is there too."""
    data = event.data
    await _locked_enrollment(tx, data.enrollment_id)
    await tx.connection.execute(
        update(enrollment).where(enrollment.c.id == data.enrollment_id).values(completed_on=data.completed_on)
    )
    await _earn_if_due(tx, data.enrollment_id, event.programme)


@handlers.on(AssessmentCompleted)
async def assessment_completed(tx: Transaction, event: Event[AssessmentCompleted]) -> None:
    """Measured: the fee is earned once the enrollment is completed too. Only an endline closes an enrollment."""
    data = event.data
    if data.kind is not AssessmentKind.ENDLINE or data.enrollment_id is None:
        return
    row = await _locked_enrollment(tx, data.enrollment_id)
    if row.endline_on is None:
        await tx.connection.execute(
            update(enrollment).where(enrollment.c.id == data.enrollment_id).values(endline_on=data.assessed_on)
        )
        await _earn_if_due(tx, data.enrollment_id, event.programme)


@handlers.on(EnrollmentWithdrawn)
async def enrollment_withdrawn(tx: Transaction, event: Event[EnrollmentWithdrawn]) -> None:
    """Cancel a draft; an invoice that was issued stays until finance credits it."""
    data = event.data
    await _locked_enrollment(tx, data.enrollment_id)
    await tx.connection.execute(
        update(enrollment).where(enrollment.c.id == data.enrollment_id).values(withdrawn_on=data.withdrawn_on)
    )
    live = await _live_invoice(tx, data.enrollment_id)
    if live is not None and live.state == InvoiceState.DRAFT.value:
        await cancel_draft(tx, live, data.withdrawn_on, f"withdrawn: {data.reason}"[:500], Late.MOVE)


@handlers.on(VisitAborted)
async def visit_aborted(tx: Transaction, event: Event[VisitAborted]) -> None:
    """Book what an aborted visit cost, as trainer days of its training: the attempt consumed them."""
    data = event.data
    if data.cost is None or not data.cost:
        return
    keeper = await _need(tx, partner, "partner", data.partner_id)
    held = await _need(tx, training, "training", data.training_id)
    policy = await _policy(tx, event.programme)
    if data.cost.currency != policy.currency:
        raise WrongCurrency("cost", data.cost.currency, policy.currency)
    incurred = Incurred(
        CostKind.TRAINER_DAYS,
        data.cost,
        data.attempted_on,
        f"visit {data.number} aborted: {data.reason}"[:200],
        held,
        source_event_id=event.id,
    )
    await book_cost(tx, policy, keeper, incurred, Late.MOVE)
