"""Reading the ledger: books, accounts with balances, the trial balance."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.books import AccountOut, BookOut, TrialBalance, TrialBalanceLine
from services.billing.tables import account, book, chart, partner
from shared.auth.actor import Actor


def books(actor: Actor, programme: str) -> Select[Any]:
    """Return the books that a caller may see."""
    query = (
        select(book, partner.c.name.label("partner_name"))
        .join(partner, partner.c.id == book.c.id)
        .where(book.c.programme == programme)
    )
    return seen_by(actor, query, book.c.id)


def present_book(row: AnyRow) -> BookOut:
    """Show one book."""
    return BookOut(
        id=row.id,
        programme=row.programme,
        partner_name=row.partner_name,
        currency=row.currency,
        period_length=row.period_length,
    )


async def read_book(connection: AsyncConnection, actor: Actor, programme: str, partner_id: UUID) -> BookOut:
    """Return one book; raises NotFound."""
    query = books(actor, programme).where(book.c.id == partner_id)
    return present_book(await only(connection, query, "book", partner_id))


def accounts(partner_id: UUID, as_of: date | None, recorded_at: datetime | None) -> Select[Any]:
    """Return the accounts of a book with their balances as of a day and as recorded by a moment."""
    balances = func.ledger.balances(partner_id, as_of, recorded_at).table_valued(
        "account_id", "balance_minor", "base_minor"
    )
    return (
        select(
            account,
            chart.c.name,
            chart.c.type,
            chart.c.normal_side,
            balances.c.balance_minor,
            account.c.uid.label("account_uid"),
        )
        .join(chart, chart.c.code == account.c.code)
        .join(balances, balances.c.account_id == account.c.id)
        .where(account.c.book_id == partner_id)
    )


def present_account(row: AnyRow) -> AccountOut:
    """Show one account; its balance is positive on its normal side."""
    side = 1 if row.normal_side == "debit" else -1
    return AccountOut(
        id=row.uid,
        programme=row.programme,
        partner_id=row.book_id,
        code=row.code,
        name=row.name,
        type=row.type,
        normal_side=row.normal_side,
        enterprise_id=row.enterprise_id,
        agreement_id=row.agreement_id,
        may_be_negative=row.may_be_negative,
        balance=money(side * row.balance_minor, row.currency),
    )


_TRIAL: Final = """
SELECT a.code, c.name, sum(b.base_minor)::bigint AS balance
FROM ledger.balances($1, $2, $3) b
JOIN ledger.account a ON a.id = b.account_id JOIN ledger.chart c ON c.code = a.code
GROUP BY a.code, c.name ORDER BY a.code
"""


async def trial_balance(
    connection: AsyncConnection, of: BookOut, as_of: date | None, recorded_at: datetime | None
) -> TrialBalance:
    """Return debits and credits of a book by account code in its currency, sub-accounts taken together."""
    rows: Sequence[AnyRow] = (await connection.exec_driver_sql(_TRIAL, (of.id, as_of, recorded_at))).all()
    return TrialBalance(
        partner_id=of.id,
        programme=of.programme,
        as_of=as_of,
        recorded_at=recorded_at,
        lines=[
            TrialBalanceLine(
                code=row.code,
                name=row.name,
                debit=money(max(row.balance, 0), of.currency),
                credit=money(max(-row.balance, 0), of.currency),
            )
            for row in rows
        ],
        total_debit=money(sum(max(row.balance, 0) for row in rows), of.currency),
        total_credit=money(sum(max(-row.balance, 0) for row in rows), of.currency),
    )
