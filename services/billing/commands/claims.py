"""Drafting, revising and submitting claims; decisions on them are in `claim_decisions.py`."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import insert, select, update

from services.billing.commands.claim_items import Wanted, hold, pick
from services.billing.commands.claim_record import after_last_step, lock_claim, note_step
from services.billing.commands.loading import happened, need_partner, need_programme, not_before, one
from services.billing.commands.numbering import Numbered, next_number
from services.billing.domain.agreements import Funds
from services.billing.domain.claims import ClaimState, ClaimStep
from services.billing.domain.evidence import Evidence, canonical, fingerprint
from services.billing.domain.numbers import Series
from services.billing.errors import AgreementNotActive, AgreementPartner, EvidenceLacking, ExceedsCeiling
from services.billing.queries.claims import read_claim
from services.billing.queries.evidence import shown_items
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.claims import ClaimOut, ReviseClaim, SubmitClaim, SubmitDraft
from services.billing.schemas.evidence import ClaimDocument, DocumentItem
from services.billing.tables import agreement, claim, claim_item, claim_submission, partner
from shared.database.transaction import Transaction
from shared.errors import NotFound
from shared.events.billing import SubsidyClaimSubmitted
from shared.events.vocabulary import PayerClass


async def submit_claim(tx: Transaction, programme: str, command: SubmitClaim) -> ClaimOut:
    """Ask a funder for shares of issued invoices, or for costs, that were not claimed before; or keep that as a draft.

    Nothing is booked: a claim is not income before it is approved. Raises NotFound (agreement), FactMissing,
    NotAllowed, AgreementPartner, AgreementNotActive, NothingToClaim, CostNotEligible, ExceedsCeiling, EvidenceLacking,
    WrongCurrency, FutureDate or DateOrder.
    """
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    deal = await _agreement(tx, programme, command.agreement_id)
    if deal.partner_id not in (None, keeper.id):
        raise AgreementPartner(f"agreement {deal.code} pays another partner")
    if command.submitted_on is not None:
        happened(tx, "submitted_on", command.submitted_on)
    wanted = await pick(tx, programme, deal, keeper.id, command)
    claim_id = tx.ids()
    await tx.connection.execute(
        insert(claim).values(
            id=claim_id,
            programme=programme,
            partner_id=keeper.id,
            agreement_id=deal.id,
            state=ClaimState.DRAFT.value,
            item_set=1,
        )
    )
    await _add_items(tx, programme, claim_id, 1, wanted)
    if command.submitted_on is not None:
        await _submit(tx, await lock_claim(tx, programme, claim_id, "submit"), deal, wanted, command.submitted_on)
    return await read_claim(tx.connection, tx.actor, programme, claim_id)


async def _agreement(tx: Transaction, programme: str, agreement_id: UUID) -> AnyRow:
    deal = await one(tx, select(agreement).where(agreement.c.id == agreement_id, agreement.c.programme == programme))
    if deal is None:
        raise NotFound("agreement", agreement_id, field="agreement_id")
    return deal


async def _add_items(tx: Transaction, programme: str, claim_id: UUID, item_set: int, wanted: Sequence[Wanted]) -> None:
    await tx.connection.execute(
        insert(claim_item).values(
            [
                {
                    "claim_id": claim_id,
                    "item_set": item_set,
                    "share_id": each.share_id,
                    "cost_id": each.cost_id,
                    "programme": programme,
                    "claimed_minor": each.minor,
                }
                for each in wanted
            ]
        )
    )


async def revise_claim(tx: Transaction, programme: str, claim_id: UUID, command: ReviseClaim) -> ClaimOut:
    """Give a draft, or a claim that was returned, other items; it is a draft then and keeps its number if it has one.

    Raises NotFound, RefusedTransition, FactMissing, NothingToClaim, CostNotEligible, WrongCurrency, FutureDate or
    DateOrder.
    """
    row = await lock_claim(tx, programme, claim_id, "revise")
    happened(tx, "revised_on", command.revised_on)
    await after_last_step(tx, "revised_on", command.revised_on, claim_id)
    deal = await _agreement(tx, programme, row.agreement_id)
    wanted = await pick(tx, programme, deal, row.partner_id, command)
    await _add_items(tx, programme, claim_id, row.item_set + 1, wanted)
    await tx.connection.execute(
        update(claim).where(claim.c.id == claim_id).values(state=ClaimState.DRAFT.value, item_set=row.item_set + 1)
    )
    await note_step(tx, row, ClaimStep.REVISED, command.revised_on, reason=command.reason)
    return await read_claim(tx.connection, tx.actor, programme, claim_id)


async def submit_draft(tx: Transaction, programme: str, claim_id: UUID, command: SubmitDraft) -> ClaimOut:
    """Send a draft to its funder; the first time it gets its number.

    Raises NotFound, RefusedTransition, AgreementNotActive, NothingToClaim, CostNotEligible, ExceedsCeiling,
    EvidenceLacking, FutureDate or DateOrder.
    """
    row = await lock_claim(tx, programme, claim_id, "submit")
    happened(tx, "submitted_on", command.submitted_on)
    await after_last_step(tx, "submitted_on", command.submitted_on, claim_id)
    deal = await _agreement(tx, programme, row.agreement_id)
    await _submit(tx, row, deal, await hold(tx, deal, row), command.submitted_on)
    return await read_claim(tx.connection, tx.actor, programme, claim_id)


async def _submit(tx: Transaction, row: AnyRow, deal: AnyRow, wanted: Sequence[Wanted], on: date) -> None:
    # What is wanted is locked, and so is the claim.
    what = "the day the last of these invoices was issued"
    if deal.funds == Funds.COSTS.value:
        what = "the day the last of these costs was booked"
    not_before("submitted_on", on, max(each.since for each in wanted), what)
    if deal.activated_on is None:
        raise AgreementNotActive(deal.code, deal.state)
    total = sum(each.minor for each in wanted)
    if deal.funds == Funds.COSTS.value:
        await _commit(tx, deal.id, total)
    await tx.connection.execute(
        update(claim_item)
        .where(claim_item.c.claim_id == row.id, claim_item.c.item_set == row.item_set)
        .values(is_live=True)
    )
    items = await shown_items(tx.connection, row.id, row.item_set, deal.currency, list(Evidence))
    _require_evidence(deal, items)
    number = await _number(tx, row, on)
    revision = row.revision + 1
    keeper = (await tx.connection.execute(select(partner.c.name).where(partner.c.id == row.partner_id))).scalar_one()
    document = ClaimDocument(
        format="scorebook.subsidy-claim.v1",
        claim_id=row.id,
        number=number.text,
        revision=revision,
        submitted_on=on,
        partner_id=row.partner_id,
        partner_name=keeper,
        agreement_id=deal.id,
        agreement_code=deal.code,
        document_reference=deal.document_reference,
        funds=Funds(deal.funds),
        payer_class=PayerClass(deal.payer_class),
        payer_name=deal.payer_name,
        total=money(total, deal.currency),
        items=items,
    )
    manifest = canonical(document.model_dump(mode="json"))
    sha256 = fingerprint(manifest)
    await tx.connection.execute(
        update(claim)
        .where(claim.c.id == row.id)
        .values(
            state=ClaimState.SUBMITTED.value,
            number=number.text,
            fiscal_year=number.year,
            serial=number.serial,
            submitted_on=on,
            submitted_minor=total,
            revision=revision,
        )
    )
    await tx.connection.execute(
        insert(claim_submission).values(
            claim_id=row.id,
            revision=revision,
            programme=row.programme,
            item_set=row.item_set,
            submitted_on=on,
            submitted_minor=total,
            manifest=manifest,
            sha256=sha256,
        )
    )
    await note_step(tx, row, ClaimStep.SUBMITTED, on, minor=total)
    tx.emit(
        SubsidyClaimSubmitted(
            claim_id=row.id,
            number=number.text,
            revision=revision,
            agreement_id=deal.id,
            partner_id=row.partner_id,
            payer_class=PayerClass(deal.payer_class),
            submitted_on=on,
            amount=money(total, deal.currency),
            evidence_sha256=sha256,
        ),
        aggregate_id=row.id,
        programme=row.programme,
    )


async def _commit(tx: Transaction, agreement_id: UUID, minor: int) -> None:
    # The agreement's lock makes two claims take turns at what is left of its ceiling. It lets be the foreign keys of
    # claims, which others hold while they wait for it.
    deal = (
        await tx.connection.execute(
            select(agreement).where(agreement.c.id == agreement_id).with_for_update(key_share=True)
        )
    ).one()
    left = deal.ceiling_minor - deal.committed_minor
    if minor > left:
        raise ExceedsCeiling("costs", money(minor, deal.currency), money(left, deal.currency), deal.code)
    await tx.connection.execute(
        update(agreement).where(agreement.c.id == agreement_id).values(committed_minor=deal.committed_minor + minor)
    )


def _require_evidence(deal: AnyRow, items: Sequence[DocumentItem]) -> None:
    required = set(deal.requires_evidence)
    lacking = [
        (item.name, " and ".join(each.value for each in item.lacking if each.value in required))
        for item in items
        if required & {each.value for each in item.lacking}
    ]
    if lacking:
        raise EvidenceLacking(lacking)


async def _number(tx: Transaction, row: AnyRow, on: date) -> Numbered:
    if row.number is not None:
        return Numbered(row.number, row.fiscal_year, row.serial)
    return await next_number(tx, row.programme, row.partner_id, Series.CLAIM, on)
