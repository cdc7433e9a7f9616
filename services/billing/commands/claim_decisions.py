"""What becomes of a submitted claim: approved, returned, rejected, or taken back."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import update

from services.billing import ledger
from services.billing.commands.claim_items import claim_items
from services.billing.commands.claim_record import (
    after_last_step,
    funder_of,
    give_back,
    lock_claim,
    note_step,
    release,
)
from services.billing.commands.loading import happened, in_currency, need_programme, not_before
from services.billing.domain.claims import (
    Approved,
    ClaimState,
    ClaimStep,
    approval_entry,
    approve,
    funding_entry,
    reduction_entry,
)
from services.billing.errors import ExceedsClaim
from services.billing.queries.claims import read_claim
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.claims import ApproveClaim, ClaimOut, RejectClaim, ReturnClaim, WithdrawClaim
from services.billing.tables import claim, claim_item
from shared.database.transaction import Transaction
from shared.events.billing import (
    SubsidyClaimApproved,
    SubsidyClaimRejected,
    SubsidyClaimReturned,
    SubsidyClaimWithdrawn,
)


async def approve_claim(tx: Transaction, programme: str, claim_id: UUID, command: ApproveClaim) -> ClaimOut:
    """Record what the funder grants: that part becomes income, the rest leaves the receivable and the deferral.

    Costs were in neither: what is granted of them becomes receivable and income at once. Raises NotFound, FactMissing,
    RefusedTransition, ExceedsClaim, WrongCurrency, FutureDate, DateOrder or PeriodClosed.
    """
    policy = await need_programme(tx, programme)
    row = await lock_claim(tx, programme, claim_id, "approve")
    in_currency("amount", command.amount, row.currency)
    happened(tx, "approved_on", command.approved_on)
    not_before("approved_on", command.approved_on, row.submitted_on, "the day of submission")
    submitted = money(row.submitted_minor, row.currency)
    if submitted < command.amount:
        raise ExceedsClaim(command.amount, submitted)
    approved = approve(await claim_items(tx, row, policy, command.approved_on, row.currency), command.amount)
    await _grant(tx, row, approved)
    await tx.connection.execute(
        update(claim)
        .where(claim.c.id == claim_id)
        .values(state=ClaimState.APPROVED.value, decided_on=command.approved_on, approved_minor=command.amount.minor)
    )
    # What is not approved binds the agreement no longer.
    await give_back(tx, row.agreement_id, row.submitted_minor - command.amount.minor)
    funder = funder_of(row)
    for entry in (
        funding_entry(claim_id, funder, approved, command.approved_on),
        approval_entry(claim_id, funder, approved, command.approved_on),
        reduction_entry(claim_id, funder, approved, command.approved_on),
    ):
        if entry is not None:
            await ledger.post(tx, row.partner_id, entry)
    await note_step(tx, row, ClaimStep.APPROVED, command.approved_on, minor=command.amount.minor)
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


async def _grant(tx: Transaction, row: AnyRow, approved: Sequence[Approved]) -> None:
    for each in approved:
        await tx.connection.execute(
            update(claim_item)
            .where(
                claim_item.c.claim_id == row.id,
                claim_item.c.item_set == row.item_set,
                claim_item.c.share_id.is_not_distinct_from(each.item.share_id),
                claim_item.c.cost_id.is_not_distinct_from(each.item.cost_id),
            )
            .values(approved_minor=each.amount.minor)
        )


async def reject_claim(tx: Transaction, programme: str, claim_id: UUID, command: RejectClaim) -> ClaimOut:
    """Record that the funder grants nothing; its shares stay owed, and shares and costs may be claimed again.

    Raises NotFound, RefusedTransition, FutureDate or DateOrder.
    """
    row = await lock_claim(tx, programme, claim_id, "reject")
    happened(tx, "rejected_on", command.rejected_on)
    not_before("rejected_on", command.rejected_on, row.submitted_on, "the day of submission")
    await release(tx, row)
    await tx.connection.execute(
        update(claim)
        .where(claim.c.id == claim_id)
        .values(state=ClaimState.REJECTED.value, decided_on=command.rejected_on, decision_reason=command.reason)
    )
    await note_step(tx, row, ClaimStep.REJECTED, command.rejected_on, reason=command.reason)
    tx.emit(
        SubsidyClaimRejected(
            claim_id=claim_id,
            number=row.number,
            agreement_id=row.agreement_id,
            partner_id=row.partner_id,
            rejected_on=command.rejected_on,
            reason=command.reason,
        ),
        aggregate_id=claim_id,
        programme=programme,
    )
    return await read_claim(tx.connection, tx.actor, programme, claim_id)


async def return_claim(tx: Transaction, programme: str, claim_id: UUID, command: ReturnClaim) -> ClaimOut:
    """Record that the funder wants it corrected; until it is submitted again it asks for nothing.

    Raises NotFound, RefusedTransition, FutureDate or DateOrder.
    """
    row = await lock_claim(tx, programme, claim_id, "return")
    happened(tx, "returned_on", command.returned_on)
    not_before("returned_on", command.returned_on, row.submitted_on, "the day of submission")
    await release(tx, row)
    await tx.connection.execute(update(claim).where(claim.c.id == claim_id).values(state=ClaimState.RETURNED.value))
    await note_step(tx, row, ClaimStep.RETURNED, command.returned_on, reason=command.reason)
    tx.emit(
        SubsidyClaimReturned(
            claim_id=claim_id,
            number=row.number,
            revision=row.revision,
            agreement_id=row.agreement_id,
            partner_id=row.partner_id,
            returned_on=command.returned_on,
            reason=command.reason,
        ),
        aggregate_id=claim_id,
        programme=programme,
    )
    return await read_claim(tx.connection, tx.actor, programme, claim_id)


async def withdraw_claim(tx: Transaction, programme: str, claim_id: UUID, command: WithdrawClaim) -> ClaimOut:
    """Take a claim back before it is decided; a number it has stays used.

    Raises NotFound, RefusedTransition, FutureDate or DateOrder.
    """
    row = await lock_claim(tx, programme, claim_id, "withdraw")
    happened(tx, "withdrawn_on", command.withdrawn_on)
    await after_last_step(tx, "withdrawn_on", command.withdrawn_on, claim_id)
    if row.state == ClaimState.SUBMITTED.value:
        await release(tx, row)
    await tx.connection.execute(update(claim).where(claim.c.id == claim_id).values(state=ClaimState.WITHDRAWN.value))
    await note_step(tx, row, ClaimStep.WITHDRAWN, command.withdrawn_on, reason=command.reason)
    tx.emit(
        SubsidyClaimWithdrawn(
            claim_id=claim_id,
            number=row.number,
            agreement_id=row.agreement_id,
            partner_id=row.partner_id,
            withdrawn_on=command.withdrawn_on,
            reason=command.reason,
        ),
        aggregate_id=claim_id,
        programme=programme,
    )
    return await read_claim(tx.connection, tx.actor, programme, claim_id)
