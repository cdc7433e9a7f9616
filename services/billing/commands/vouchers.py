"""Entries by hand, the closing of a year, and taking either back."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update

from services.billing import ledger
from services.billing.commands.loading import happened, need_partner, not_before, one
from services.billing.domain.accounts import Account
from services.billing.domain.posting import EntryKind, Posting, Source
from services.billing.domain.vouchers import (
    BY_HAND,
    Balance,
    VoucherKind,
    closing_postings,
    difference,
    voucher_entry,
)
from services.billing.errors import (
    ControlAccount,
    FutureDate,
    NothingToClose,
    UnbalancedJournal,
    WrongCurrency,
    WrongWorth,
    YearNotReady,
)
from services.billing.queries.scope import AnyRow, money
from services.billing.queries.vouchers import read_voucher
from services.billing.schemas.vouchers import CloseYear, ReverseVoucher, VoucherLine, VoucherOut, WriteVoucher
from services.billing.tables import period, voucher
from shared.database.transaction import Transaction
from shared.errors import NotFound, RefusedTransition

_RESULTS: Final = """
SELECT a.code, a.enterprise_id, a.agreement_id, b.base_minor
FROM ledger.balances($1, $2) b
JOIN ledger.account a ON a.id = b.account_id JOIN ledger.chart c ON c.code = a.code
WHERE c.type IN ('income', 'expense') AND b.base_minor <> 0
ORDER BY a.code, a.party_id
"""


async def write_voucher(tx: Transaction, programme: str, partner_id: UUID, command: WriteVoucher) -> VoucherOut:
    """Post an entry by hand, on accounts that no document keeps.

    Raises FactMissing, NotAllowed, FutureDate, ControlAccount, WrongCurrency, WrongWorth, UnbalancedJournal or
    PeriodClosed.
    """
    keeper = await need_partner(tx, programme, partner_id)
    happened(tx, "effective_on", command.effective_on)
    postings = [_posting(line, keeper.currency) for line in command.lines]
    off = difference(postings, keeper.currency)
    if off:
        raise UnbalancedJournal(off)
    kind = VoucherKind(command.kind)
    return await _post(tx, keeper, kind, command.effective_on, postings, command.reason, None)


def _posting(line: VoucherLine, functional: str) -> Posting:
    if line.account not in BY_HAND:
        raise ControlAccount(line.account)
    amount = line.debit if line.debit is not None else line.credit
    if amount is None:
        raise ValueError("the request has checked that one side is there")
    if (line.worth is None) != (amount.currency == functional):
        raise WrongWorth(line.account, amount.currency, functional)
    if line.worth is not None and line.worth.currency != functional:
        raise WrongCurrency("lines", line.worth.currency, functional)
    account = Account(line.account, bank_account_id=line.bank_account_id)
    if line.debit is not None:
        return Posting(account, amount, base=line.worth)
    return Posting(account, -amount, base=None if line.worth is None else -line.worth)


async def close_year(tx: Transaction, programme: str, partner_id: UUID, command: CloseYear) -> VoucherOut:
    """Move the results of a year to 3020 on its last day, whose period is the only one not closed yet.

    Raises FactMissing, NotAllowed, FutureDate, YearNotReady, NothingToClose or PeriodClosed.
    """
    keeper = await need_partner(tx, programme, partner_id)
    last_day = date(command.fiscal_year, 12, 31)
    if last_day >= tx.now.date():
        raise FutureDate("fiscal_year", last_day, tx.now.date())
    await _require_ready(tx, partner_id, command.fiscal_year, last_day)
    rows = await tx.connection.exec_driver_sql(_RESULTS, (partner_id, last_day))
    results = []
    for row in rows:
        amount = money(row.base_minor, keeper.currency)
        account = Account(row.code, enterprise_id=row.enterprise_id, agreement_id=row.agreement_id)
        results.append(Balance(account, amount, amount))
    postings = closing_postings(results, keeper.currency)
    if not postings:
        raise NothingToClose(command.fiscal_year)
    return await _post(tx, keeper, VoucherKind.CLOSING, last_day, postings, command.reason, command.fiscal_year)


async def _require_ready(tx: Transaction, partner_id: UUID, year: int, last_day: date) -> None:
    open_before = await one(
        tx,
        select(period.c.starts_on)
        .where(period.c.book_id == partner_id, period.c.ends_on < last_day, period.c.state != "closed")
        .order_by(period.c.starts_on)
        .limit(1),
    )
    if open_before is not None:
        raise YearNotReady(f"the period from {open_before.starts_on} is not closed", "earlier-periods-closed")
    closed = await one(
        tx,
        select(voucher.c.id).where(
            voucher.c.partner_id == partner_id, voucher.c.fiscal_year == year, voucher.c.reversed_on.is_(None)
        ),
    )
    if closed is not None:
        raise YearNotReady(f"voucher {closed.id} closed {year} already", "closed-once")


async def _post(
    tx: Transaction,
    keeper: AnyRow,
    kind: VoucherKind,
    on: date,
    postings: Sequence[Posting],
    reason: str,
    fiscal_year: int | None,
) -> VoucherOut:
    voucher_id = tx.ids()
    await tx.connection.execute(
        insert(voucher).values(
            id=voucher_id,
            programme=keeper.programme,
            partner_id=keeper.id,
            kind=kind.value,
            effective_on=on,
            fiscal_year=fiscal_year,
            reason=reason,
            written_by=tx.actor.subject,
        )
    )
    made = voucher_entry(kind, voucher_id, on, postings, keeper.currency, reason)
    if made is None:
        raise ValueError("a voucher without an amount")
    await ledger.post(tx, keeper.id, made)
    return await read_voucher(tx.connection, tx.actor, keeper.programme, voucher_id)


async def reverse_voucher(tx: Transaction, programme: str, voucher_id: UUID, command: ReverseVoucher) -> VoucherOut:
    """Take a voucher back on a day, once; the entry stays and its reversal stands beside it.

    Raises NotFound, RefusedTransition, FutureDate, DateOrder or PeriodClosed.
    """
    row = await one(
        tx, select(voucher).where(voucher.c.id == voucher_id, voucher.c.programme == programme).with_for_update()
    )
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("voucher", voucher_id, field="id")
    if row.reversed_on is not None:
        raise RefusedTransition("voucher", voucher_id, "reversed", "reverse", ())
    happened(tx, "reversed_on", command.reversed_on)
    not_before("reversed_on", command.reversed_on, row.effective_on, "the day of the voucher")
    posted = await ledger.find_entry(tx, row.partner_id, Source("voucher", row.id), EntryKind(row.kind))
    await ledger.reverse(tx, posted.entry_id, command.reversed_on, command.reason)
    await tx.connection.execute(
        update(voucher)
        .where(voucher.c.id == voucher_id)
        .values(reversed_on=command.reversed_on, reverse_reason=command.reason)
    )
    return await read_voucher(tx.connection, tx.actor, programme, voucher_id)
