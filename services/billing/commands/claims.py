"""Claims: asking a funder for its shares, and its decision."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select, update

from services.billing import ledger
from services.billing.commands.loading import (
    dimensions_of,
    happened,
    in_currency,
    need_partner,
    need_programme,
    not_before,
    one,
)
from services.billing.commands.numbering import next_number
from services.billing.domain.claims import (
    ALLOWED,
    ClaimItem,
    ClaimState,
    Funder,
    approval_entry,
    approve,
    reduction_entry,
)
from services.billing.domain.invoices import InvoiceState
from services.billing.domain.numbers import Series
from services.billing.domain.programme import Programme
from services.billing.errors import AgreementPartner, ExceedsClaim, NothingToClaim
from services.billing.queries.claims import read_claim
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.claims import ApproveClaim, ClaimOut, RejectClaim, SubmitClaim
from services.billing.tables import (
    agreement,
    claim,
    claim_item,
    enrollment,
    invoice,
    invoice_share,
    share_position,
    training,
)
from shared.database.transaction import Transaction
from shared.errors import FactMissing, NotFound, RefusedTransition
from shared.events.billing import SubsidyClaimApproved
from shared.events.vocabulary import PayerClass


async def submit_claim(tx: Transaction, programme: str, command: SubmitClaim) -> ClaimOut:
    """Ask a funder for its shares of issued invoices that were not claimed before; the amount is their sum.

    Nothing is booked: a claim is not income before it is approved. Raises NotFound (agreement), FactMissing,
    NotAllowed, AgreementPartner, NothingToClaim, FutureDate or DateOrder.
    """
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    deal = await one(
        tx, select(agreement).where(agreement.c.id == command.agreement_id, agreement.c.programme == programme)
    )
    if deal is None:
        raise NotFound("agreement", command.agreement_id, field="agreement_id")
    if deal.partner_id not in (None, keeper.id):
        raise AgreementPartner(f"agreement {deal.code} pays another partner")
    happened(tx, "submitted_on", command.submitted_on)
    await _require_known(tx, programme, command.training_ids or [])
    shares = await _claimable(tx, keeper.id, command)
    latest = max(share.issued_on for share in shares)
    not_before("submitted_on", command.submitted_on, latest, "the day the last of these invoices was issued")
    claim_id = tx.ids()
    number = await next_number(tx, programme, keeper.id, Series.CLAIM, command.submitted_on)
    await tx.connection.execute(
        insert(claim).values(
            id=claim_id,
            programme=programme,
            partner_id=keeper.id,
            agreement_id=deal.id,
            number=number.text,
            fiscal_year=number.year,
            serial=number.serial,
            state=ClaimState.SUBMITTED.value,
            submitted_on=command.submitted_on,
            submitted_minor=sum(share.amount_minor for share in shares),
        )
    )
    await tx.connection.execute(
        insert(claim_item).values(
            [
                {
                    "claim_id": claim_id,
                    "share_id": share.share_id,
                    "programme": programme,
                    "claimed_minor": share.amount_minor,
                }
                for share in shares
            ]
        )
    )
    return await read_claim(tx.connection, tx.actor, programme, claim_id)


async def _require_known(tx: Transaction, programme: str, training_ids: Sequence[UUID]) -> None:
    query = select(training.c.id).where(training.c.id.in_(training_ids), training.c.programme == programme)
    known = set((await tx.connection.execute(query)).scalars()) if training_ids else set()
    for identifier in training_ids:
        if identifier not in known:
            raise FactMissing("training", identifier, field="training_ids")


async def _claimable(tx: Transaction, partner_id: UUID, command: SubmitClaim) -> Sequence[AnyRow]:
    if command.training_ids is not None:
        field, asked, column = "training_ids", command.training_ids, enrollment.c.training_id
    else:
        field, asked, column = "invoice_ids", command.invoice_ids or [], invoice.c.id
    mine = (
        select(invoice.c.id)
        .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .join(invoice_share, invoice_share.c.invoice_id == invoice.c.id)
        .where(
            invoice.c.partner_id == partner_id,
            invoice_share.c.agreement_id == command.agreement_id,
            column.in_(asked),
        )
    )
    # Held, so that nobody claims or credits one of them at the same moment; read again once they are held.
    await tx.connection.execute(
        select(invoice.c.id).where(invoice.c.id.in_(mine)).order_by(invoice.c.id).with_for_update()
    )
    claimed = (
        select(claim_item.c.share_id).where(claim_item.c.share_id == invoice_share.c.id, claim_item.c.is_live).exists()
    )
    shares = (
        await tx.connection.execute(
            select(
                invoice_share.c.id.label("share_id"),
                share_position.c.open_minor.label("amount_minor"),
                invoice.c.issued_on,
                column.label("named"),
            )
            .select_from(invoice_share)
            # What was credited of a share is asked of nobody.
            .join(share_position, share_position.c.share_id == invoice_share.c.id)
            .join(invoice, invoice.c.id == invoice_share.c.invoice_id)
            .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
            .where(
                share_position.c.open_minor > 0,
                invoice.c.id.in_(mine),
                invoice_share.c.agreement_id == command.agreement_id,
                invoice.c.state == InvoiceState.ISSUED.value,
                ~claimed,
            )
            .order_by(invoice_share.c.id)
        )
    ).all()
    found = {share.named for share in shares}
    for identifier in asked:
        if identifier not in found:
            raise NothingToClaim(field, identifier)
    return shares


async def _lock_claim(tx: Transaction, programme: str, claim_id: UUID, action: str) -> AnyRow:
    row = await one(
        tx,
        select(claim, agreement.c.payer_class, agreement.c.currency)
        .join(agreement, agreement.c.id == claim.c.agreement_id)
        .where(claim.c.id == claim_id, claim.c.programme == programme)
        .with_for_update(of=claim),
    )
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("claim", claim_id, field="id")
    state = ClaimState(row.state)
    if state is not ClaimState.SUBMITTED:
        raise RefusedTransition("claim", claim_id, state.value, action, ALLOWED[state])
    return row


async def approve_claim(tx: Transaction, programme: str, claim_id: UUID, command: ApproveClaim) -> ClaimOut:
    """Record what the funder grants: that part becomes income, the rest leaves the receivable and the deferral.

    Raises NotFound, FactMissing, RefusedTransition, ExceedsClaim, WrongCurrency, FutureDate, DateOrder or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    row = await _lock_claim(tx, programme, claim_id, "approve")
    in_currency("amount", command.amount, row.currency)
    happened(tx, "approved_on", command.approved_on)
    not_before("approved_on", command.approved_on, row.submitted_on, "the day of submission")
    submitted = money(row.submitted_minor, row.currency)
    if submitted < command.amount:
        raise ExceedsClaim(command.amount, submitted)
    approved = approve(await _items(tx, row, policy, command.approved_on), command.amount)
    for each in approved:
        await tx.connection.execute(
            update(claim_item)
            .where(claim_item.c.claim_id == claim_id, claim_item.c.share_id == each.item.share_id)
            .values(approved_minor=each.amount.minor)
        )
    await tx.connection.execute(
        update(claim)
        .where(claim.c.id == claim_id)
        .values(state=ClaimState.APPROVED.value, decided_on=command.approved_on, approved_minor=command.amount.minor)
    )
    # What is not approved binds the agreement no longer.
    await tx.connection.execute(
        update(agreement)
        .where(agreement.c.id == row.agreement_id)
        .values(committed_minor=agreement.c.committed_minor - (row.submitted_minor - command.amount.minor))
    )
    funder = Funder(PayerClass(row.payer_class), row.agreement_id)
    for entry in (
        approval_entry(claim_id, funder, approved, command.approved_on),
        reduction_entry(claim_id, funder, approved, command.approved_on),
    ):
        if entry is not None:
            await ledger.post(tx, row.partner_id, entry)
    tx.emit(
        SubsidyClaimApproved(
            claim_id=claim_id,
            agreement_id=row.agreement_id,
            partner_id=row.partner_id,
            payer_class=funder.payer_class,
            approved_on=command.approved_on,
            amount=command.amount,
        ),
        aggregate_id=claim_id,
        programme=programme,
    )
    return await read_claim(tx.connection, tx.actor, programme, claim_id)


async def _items(tx: Transaction, row: AnyRow, policy: Programme, day: date) -> list[ClaimItem]:
    found = await tx.connection.execute(
        select(
            claim_item.c.share_id,
            claim_item.c.claimed_minor,
            enrollment.c.training_id,
            enrollment.c.module,
            enrollment.c.region,
            enrollment.c.delivery,
        )
        .join(invoice_share, invoice_share.c.id == claim_item.c.share_id)
        .join(invoice, invoice.c.id == invoice_share.c.invoice_id)
        .join(enrollment, enrollment.c.id == invoice.c.enrollment_id)
        .where(claim_item.c.claim_id == row.id)
        .order_by(claim_item.c.share_id)
    )
    return [
        ClaimItem(item.share_id, money(item.claimed_minor, row.currency), dimensions_of(item, policy, day))
        for item in found
    ]


async def reject_claim(tx: Transaction, programme: str, claim_id: UUID, command: RejectClaim) -> ClaimOut:
    """Record that the funder grants nothing; its shares stay owed and may be claimed again.

    Raises NotFound, RefusedTransition, FutureDate or DateOrder.
    """
    row = await _lock_claim(tx, programme, claim_id, "reject")
    happened(tx, "rejected_on", command.rejected_on)
    not_before("rejected_on", command.rejected_on, row.submitted_on, "the day of submission")
    await tx.connection.execute(update(claim_item).where(claim_item.c.claim_id == claim_id).values(is_live=False))
    await tx.connection.execute(
        update(claim)
        .where(claim.c.id == claim_id)
        .values(state=ClaimState.REJECTED.value, decided_on=command.rejected_on, decision_reason=command.reason)
    )
    return await read_claim(tx.connection, tx.actor, programme, claim_id)
