"""What billing does when other services say something: keeps its copies, drafts, cancels, earns, books costs."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, func, select, update
from sqlalchemy.dialects.postgresql import insert

from services.billing import ledger
from services.billing.commands.deliveries import cost_of_aborted_visit, cost_of_session, cost_of_visit
from services.billing.commands.drafting import draft_for
from services.billing.commands.earning import earn
from services.billing.commands.evidence import keep_session, keep_visit
from services.billing.commands.invoices import cancel_draft
from services.billing.commands.loading import load_programme, locked_invoices, one
from services.billing.commands.targets import keep_policy_targets
from services.billing.domain.enrollments import Enrolled
from services.billing.domain.invoices import InvoiceState
from services.billing.domain.programme import Programme
from services.billing.errors import CurrencyChanged
from services.billing.ledger import Late
from services.billing.queries.invoices import LIVE
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
    SessionHeld,
    TrainingScheduled,
    VisitAborted,
    VisitCompleted,
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
    stored = await tx.connection.execute(
        written.on_conflict_do_update(
            index_elements=["programme"],
            set_={name: written.excluded[name] for name in values},
            where=programme.c.policy_version < written.excluded.policy_version,
        )
    )
    if stored.rowcount:
        await keep_policy_targets(tx, data)


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


_ENTERPRISE: Final = insert(enterprise)
_TRAINING: Final = insert(training)


@handlers.on(EnterpriseRegistered, writes_only=True)
async def enterprise_registered(tx: Transaction, event: Event[EnterpriseRegistered]) -> None:
    """Keep who may be billed."""
    data = event.data
    tx.later.add(
        _ENTERPRISE,
        {
            "id": data.enterprise_id,
            "programme": event.programme,
            "partner_id": data.partner_id,
            "name": data.name,
            "tax_id": data.tax_id,
        },
    )


@handlers.on(TrainingScheduled, writes_only=True)
async def training_scheduled(tx: Transaction, event: Event[TrainingScheduled]) -> None:
    """Keep what costs belong to."""
    data = event.data
    tx.later.add(
        _TRAINING,
        {
            "id": data.training_id,
            "programme": event.programme,
            "partner_id": data.partner_id,
            "module": data.module,
            "region": data.region,
            "delivery": data.delivery.value,
            "lead_trainer_id": data.lead_trainer_id,
            "starts_on": data.starts_on,
            "ends_on": data.ends_on,
        },
    )


# Takes an enrollment whose partner, enterprise and training are known, and shares the partner's lock: see draft_for.
_ENROLL: Final = """
WITH held AS (SELECT id FROM partner WHERE id = $3 FOR SHARE)
INSERT INTO enrollment (id, programme, partner_id, enterprise_id, training_id, module, region, delivery, size_class,
                        enrolled_on)
SELECT $1, $2, held.id, $4, $5, $6, $7, $8, $9, $10 FROM held
WHERE EXISTS (SELECT FROM enterprise WHERE id = $4) AND EXISTS (SELECT FROM training WHERE id = $5)
"""


@handlers.on(EnterpriseEnrolled)
async def enterprise_enrolled(tx: Transaction, event: Event[EnterpriseEnrolled]) -> None:
    """Draft the invoice, or keep the enrollment as unpriced."""
    data = event.data
    enrolled = Enrolled(
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
    columns = (enrolled.id, enrolled.programme, enrolled.partner_id, enrolled.enterprise_id, enrolled.training_id)
    terms = (enrolled.module, enrolled.region, enrolled.delivery, enrolled.size_class, enrolled.enrolled_on)
    while (await tx.connection.exec_driver_sql(_ENROLL, (*columns, *terms))).rowcount == 0:
        # One is missing, or was when the statement began and has come since: then the next try finds it.
        await _need(tx, partner, "partner", data.partner_id)
        await _need(tx, enterprise, "enterprise", data.enterprise_id)
        await _need(tx, training, "training", data.training_id)
    await draft_for(tx, enrolled)


async def _live_invoices(tx: Transaction, enrollment_id: UUID) -> list[AnyRow]:
    # The enrollment is locked, so no other invoice of it can come up.
    return await locked_invoices(tx, (invoice.c.enrollment_id == enrollment_id) & invoice.c.state.in_(LIVE))


async def _note(tx: Transaction, enrollment_id: UUID, column: str, day: date) -> None:
    # The first day counts: a second endline changes nothing. The update locks the enrollment.
    first = func.coalesce(enrollment.c[column], day)
    stored = await tx.connection.execute(
        update(enrollment).where(enrollment.c.id == enrollment_id).values({column: first})
    )
    if stored.rowcount == 0:
        raise FactMissing("enrollment", enrollment_id)


async def _earn_if_due(tx: Transaction, enrollment_id: UUID, code: str) -> None:
    live = await _live_invoices(tx, enrollment_id)
    if live and live[0].completed_on is not None and live[0].endline_on is not None:
        await earn(tx, live, await _policy(tx, code))


@handlers.on(EnrollmentCompleted)
async def enrollment_completed(tx: Transaction, event: Event[EnrollmentCompleted]) -> None:
    """Delivered: the fee is earned once the endline is there too."""
    await _note(tx, event.data.enrollment_id, "completed_on", event.data.completed_on)
    await _earn_if_due(tx, event.data.enrollment_id, event.programme)


@handlers.on(AssessmentCompleted)
async def assessment_completed(tx: Transaction, event: Event[AssessmentCompleted]) -> None:
    """Measured: the fee is earned once the enrollment is completed too. Only an endline closes an enrollment."""
    data = event.data
    if data.kind is not AssessmentKind.ENDLINE or data.enrollment_id is None:
        return
    await _note(tx, data.enrollment_id, "endline_on", data.assessed_on)
    await _earn_if_due(tx, data.enrollment_id, event.programme)


@handlers.on(EnrollmentWithdrawn)
async def enrollment_withdrawn(tx: Transaction, event: Event[EnrollmentWithdrawn]) -> None:
    """Cancel the drafts; an invoice that was issued stays until finance credits it."""
    data = event.data
    await _note(tx, data.enrollment_id, "withdrawn_on", data.withdrawn_on)
    for live in await _live_invoices(tx, data.enrollment_id):
        if live.state == InvoiceState.DRAFT.value:
            await cancel_draft(tx, live, data.withdrawn_on, f"withdrawn: {data.reason}"[:500], Late.MOVE)


@handlers.on(SessionHeld)
async def session_held(tx: Transaction, event: Event[SessionHeld]) -> None:
    """Keep who was there as evidence of claims, and book what the classroom day cost."""
    keep_session(tx, event)
    await cost_of_session(tx, event)


@handlers.on(VisitCompleted)
async def visit_completed(tx: Transaction, event: Event[VisitCompleted]) -> None:
    """Keep the visit as evidence of claims, and book what it cost."""
    keep_visit(tx, event)
    await cost_of_visit(tx, event)


@handlers.on(VisitAborted)
async def visit_aborted(tx: Transaction, event: Event[VisitAborted]) -> None:
    """Keep the attempt as evidence of claims, and book what it cost."""
    keep_visit(tx, event)
    await cost_of_aborted_visit(tx, event)
