"""Reading pledges: one by one, by age, and beside the agreements of the same funder."""

from collections import Counter, defaultdict
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.agreements import AgreementState
from services.billing.domain.pledges import (
    AGES,
    OLDER,
    Contracted,
    Promise,
    TakenUp,
    aged,
    pledge_state,
    stages,
)
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.pledges import (
    AgeBand,
    AgedPledge,
    FunderStages,
    Pipeline,
    PledgeAgeing,
    PledgeContractOut,
    PledgeOut,
)
from services.billing.tables import agreement, pledge, pledge_contract, recovery_posting
from shared.auth.actor import Actor
from shared.events.vocabulary import Basis, PayerClass
from shared.money import Money


def pledges(actor: Actor, programme: str, until: date | None = None) -> Select[Any]:
    """Return the pledges that a caller may see, with what agreements took up of them, by the day `until`.

    A token bound to a partner sees the pledges to that partner: what became of those to the programme would show what
    others contracted and received.
    """
    fields = func.jsonb_build_object(
        "agreement_id", pledge_contract.c.agreement_id,
        "minor", pledge_contract.c.amount_minor,
        "contracted_on", pledge_contract.c.contracted_on,
        "currency", agreement.c.currency,
    )  # fmt: skip
    contracts = (
        select(
            func.jsonb_agg(
                aggregate_order_by(fields, pledge_contract.c.contracted_on, pledge_contract.c.id), type_=JSONB
            )
        )
        .join(agreement, agreement.c.id == pledge_contract.c.agreement_id)
        .where(pledge_contract.c.pledge_id == pledge.c.id)
        .correlate(pledge)
    )
    query = select(pledge).where(pledge.c.programme == programme)
    if until is not None:
        contracts = contracts.where(pledge_contract.c.contracted_on <= until)
        query = query.where(pledge.c.pledged_on <= until)
    return seen_by(actor, query.add_columns(contracts.scalar_subquery().label("contracts")), pledge.c.partner_id)


def present_pledge(row: AnyRow) -> PledgeOut:
    """Show one pledge."""
    contracted = sum(each["minor"] for each in row.contracts or ())
    return PledgeOut(
        id=row.id,
        programme=row.programme,
        funder=row.funder,
        payer_class=PayerClass(row.payer_class),
        partner_id=row.partner_id,
        amount=money(row.amount_minor, row.currency),
        contracted=money(contracted, row.currency),
        open=money(_open(row), row.currency),
        state=pledge_state(row.amount_minor, contracted, row.end_kind),
        pledged_on=row.pledged_on,
        source_document=row.source_document,
        expected_by=row.expected_by,
        ended_on=row.ended_on,
        end_reason=row.end_reason,
        contracts=[
            PledgeContractOut(
                agreement_id=each["agreement_id"],
                amount=money(each["minor"], row.currency),
                contracted_on=each["contracted_on"],
            )
            for each in row.contracts or ()
        ],
    )


def _open(row: AnyRow) -> int:
    taken_up = sum(each["minor"] for each in row.contracts or ())
    return 0 if row.ended_on is not None else int(row.amount_minor - taken_up)


async def read_pledge(connection: AsyncConnection, actor: Actor, programme: str, pledge_id: UUID) -> PledgeOut:
    """Return one pledge; raises NotFound."""
    query = pledges(actor, programme).where(pledge.c.id == pledge_id)
    return present_pledge(await only(connection, query, "pledge", pledge_id))


async def _by_agreement(
    connection: AsyncConnection, programme: str, basis: Basis, until: date | None
) -> dict[UUID, int]:
    view = recovery_posting.c
    query = (
        select(view.agreement_id, func.sum(view.amount_minor).label("minor"))
        .where(view.programme == programme, view.basis == basis.value, view.agreement_id.is_not(None))
        .group_by(view.agreement_id)
    )
    if until is not None:
        query = query.where(view.effective_on <= until)
    return {row.agreement_id: int(row.minor) for row in await connection.execute(query)}


async def pledge_ageing(connection: AsyncConnection, actor: Actor, programme: str, as_of: date) -> PledgeAgeing:
    """Return the pledges of which something had not come by a day, oldest first, and their sums by age."""
    rows = {row.id: row for row in await connection.execute(pledges(actor, programme, as_of))}
    received = await _by_agreement(connection, programme, Basis.RECEIVED, as_of)
    promises = [
        Promise(
            id=row.id,
            amount=money(row.amount_minor, row.currency),
            pledged_on=row.pledged_on,
            expected_by=row.expected_by,
            taken_up=tuple(
                TakenUp(
                    UUID(each["agreement_id"]), money(each["minor"], row.currency), each["currency"] == row.currency
                )
                for each in row.contracts or ()
            ),
            has_ended=row.ended_on is not None and row.ended_on <= as_of,
        )
        for row in rows.values()
    ]
    listed = [
        AgedPledge(
            pledge_id=each.promise.id,
            funder=rows[each.promise.id].funder,
            payer_class=PayerClass(rows[each.promise.id].payer_class),
            partner_id=rows[each.promise.id].partner_id,
            amount=each.promise.amount,
            pledged=each.pledged,
            contracted=each.contracted,
            outstanding=each.outstanding,
            pledged_on=each.promise.pledged_on,
            expected_by=each.promise.expected_by,
            days=each.days,
            overdue_days=each.overdue_days,
            band=each.band,
            source_document=rows[each.promise.id].source_document,
        )
        for each in aged(promises, received.items(), as_of)
    ]
    return PledgeAgeing(programme=programme, as_of=as_of, bands=_bands(listed), pledges=listed)


_BANDS: Final = (*(band for _, band in AGES), OLDER)


def _bands(listed: list[AgedPledge]) -> list[AgeBand]:
    sums: Counter[tuple[str, str]] = Counter()
    numbers: Counter[tuple[str, str]] = Counter()
    for each in listed:
        key = each.outstanding.currency, each.band
        sums[key] += each.outstanding.minor
        numbers[key] += 1
    return [
        AgeBand(band=band, pledges=numbers[currency, band], outstanding=Money(sums[currency, band], currency))
        for currency in sorted({currency for currency, _ in sums})
        for band in _BANDS
        if numbers[currency, band]
    ]


async def pipeline(connection: AsyncConnection, actor: Actor, programme: str, today: date) -> Pipeline:
    """Return where every funder's money stands, each amount in one stage only.

    A token bound to a partner sees the pledges and agreements of that partner alone, as in `pledges`.
    """
    promised = pledges(actor, programme)
    deals = select(agreement).where(agreement.c.programme == programme, agreement.c.activated_on.is_not(None))
    if actor.partner is not None:
        deals = deals.where(agreement.c.partner_id == actor.partner)
    invoiced = await _by_agreement(connection, programme, Basis.INVOICED, None)
    received = await _by_agreement(connection, programme, Basis.RECEIVED, None)
    open_pledges: defaultdict[tuple[str, str, str], list[AnyRow]] = defaultdict(list)
    agreements: defaultdict[tuple[str, str, str], list[AnyRow]] = defaultdict(list)
    for row in await connection.execute(promised.order_by(pledge.c.pledged_on, pledge.c.id)):
        open_pledges[row.payer_class, row.funder, row.currency].append(row)
    for row in await connection.execute(deals.order_by(agreement.c.id)):
        agreements[row.payer_class, row.payer_name, row.currency].append(row)
    funders = []
    for key in sorted(open_pledges.keys() | agreements.keys()):
        payer_class, name, currency = key
        contracted = [
            Contracted(_bound(row, today), invoiced.get(row.id, 0), received.get(row.id, 0)) for row in agreements[key]
        ]
        now = stages([_open(row) for row in open_pledges[key]], contracted)
        funders.append(
            FunderStages(
                payer_class=PayerClass(payer_class),
                funder=name,
                pledged=money(now.pledged, currency),
                contracted=money(now.contracted, currency),
                invoiced=money(now.invoiced, currency),
                received=money(now.received, currency),
                total=money(now.total, currency),
                pledge_ids=[row.id for row in open_pledges[key]],
                agreement_ids=[row.id for row in agreements[key]],
            )
        )
    return Pipeline(programme=programme, funders=funders)


def _bound(row: AnyRow, today: date) -> int:
    running = row.state != AgreementState.CLOSED.value and (row.valid_to is None or row.valid_to >= today)
    return int(row.ceiling_minor if running else row.committed_minor)
