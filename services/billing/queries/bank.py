"""Reading bank accounts, statements, imports and lines."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.banking import OPEN, LineState
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.bank import (
    BankAccountOut,
    BankLineOut,
    BankStatementOut,
    ImportSummary,
    MatchLine,
    ProfileIn,
    ProfileOut,
    Reconciliation,
    SuggestionOut,
    UnreconciledOut,
)
from services.billing.tables import (
    account,
    bank_account,
    bank_import,
    bank_line,
    bank_match,
    bank_profile,
    bank_statement,
    posting,
)
from shared.auth.actor import Actor


def _last(column: Any) -> Any:  # noqa: ANN401 - a scalar subquery
    return (
        select(column)
        .where(bank_statement.c.bank_account_id == bank_account.c.id)
        .order_by(bank_statement.c.serial.desc())
        .limit(1)
        .correlate(bank_account)
        .scalar_subquery()
    )


def _ledger_balance() -> Any:  # noqa: ANN401 - a scalar subquery
    return (
        select(func.coalesce(func.sum(posting.c.amount_minor), 0))
        .select_from(account)
        .join(posting, posting.c.account_id == account.c.id)
        .where(account.c.bank_account_id == bank_account.c.id)
        .correlate(bank_account)
        .scalar_subquery()
    )


def _open_lines() -> Any:  # noqa: ANN401 - a scalar subquery
    return (
        select(func.count())
        .select_from(bank_line)
        .where(bank_line.c.bank_account_id == bank_account.c.id, bank_line.c.state.in_([each.value for each in OPEN]))
        .correlate(bank_account)
        .scalar_subquery()
    )


def bank_accounts(actor: Actor, programme: str) -> Select[Any]:
    """Return the bank accounts that a caller may see."""
    until = (
        select(func.max(bank_statement.c.to_on))
        .where(bank_statement.c.bank_account_id == bank_account.c.id)
        .correlate(bank_account)
        .scalar_subquery()
    )
    query = select(
        bank_account,
        func.coalesce(_last(bank_statement.c.closing_minor), bank_account.c.opening_minor).label("balance_minor"),
        _ledger_balance().label("ledger_minor"),
        until.label("statements_until"),
        _open_lines().label("open_lines"),
    ).where(bank_account.c.programme == programme)
    return seen_by(actor, query, bank_account.c.partner_id)


def present_bank_account(row: AnyRow) -> BankAccountOut:
    """Show one bank account."""
    return BankAccountOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        name=row.name,
        number=row.number,
        is_iban=row.is_iban,
        country=row.country,
        currency=row.currency,
        opened_on=row.opened_on,
        opening=money(row.opening_minor, row.currency),
        closed_on=row.closed_on,
        close_reason=row.close_reason,
        statements_until=row.statements_until,
        balance=money(row.balance_minor, row.currency),
        ledger=money(row.ledger_minor, row.currency),
        open_lines=row.open_lines,
    )


async def read_bank_account(
    connection: AsyncConnection, actor: Actor, programme: str, account_id: UUID
) -> BankAccountOut:
    """Return one bank account; raises NotFound."""
    query = bank_accounts(actor, programme).where(bank_account.c.id == account_id)
    return present_bank_account(await only(connection, query, "bank account", account_id))


def profiles(actor: Actor, programme: str) -> Select[Any]:
    """Return the versions of CSV profiles that a caller may see."""
    query = (
        select(bank_profile)
        .join(bank_account, bank_account.c.id == bank_profile.c.bank_account_id)
        .where(bank_profile.c.programme == programme)
    )
    return seen_by(actor, query, bank_account.c.partner_id)


def present_profile(row: AnyRow) -> ProfileOut:
    """Show one version of a profile."""
    return ProfileOut(
        id=row.id,
        programme=row.programme,
        bank_account_id=row.bank_account_id,
        version=row.version,
        profile=ProfileIn.model_validate(row.profile),
    )


def statements(actor: Actor, programme: str) -> Select[Any]:
    """Return the statements that a caller may see."""
    query = (
        select(bank_statement, bank_account.c.currency)
        .join(bank_account, bank_account.c.id == bank_statement.c.bank_account_id)
        .where(bank_statement.c.programme == programme)
    )
    return seen_by(actor, query, bank_account.c.partner_id)


def present_statement(row: AnyRow) -> BankStatementOut:
    """Show one statement."""
    return BankStatementOut(
        id=row.id,
        programme=row.programme,
        bank_account_id=row.bank_account_id,
        import_id=row.import_id,
        serial=row.serial,
        identifier=row.identifier,
        from_on=row.from_on,
        to_on=row.to_on,
        opening=money(row.opening_minor, row.currency),
        closing=money(row.closing_minor, row.currency),
    )


_SUMMARY: Final = (
    bank_import.c.id,
    bank_import.c.programme,
    bank_import.c.partner_id,
    bank_import.c.format,
    bank_import.c.file_name,
    bank_import.c.confirmed_at,
    bank_import.c.gap_reason,
)


def imports(actor: Actor, programme: str) -> Select[Any]:
    """Return the imports that a caller may see, without their files."""
    return seen_by(actor, select(*_SUMMARY).where(bank_import.c.programme == programme), bank_import.c.partner_id)


def present_import(row: AnyRow) -> ImportSummary:
    """Show one import."""
    return ImportSummary(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        state="previewed" if row.confirmed_at is None else "confirmed",
        format=row.format,
        file_name=row.file_name,
        gap_reason=row.gap_reason,
    )


def bank_lines(actor: Actor, programme: str) -> Select[Any]:
    """Return the bank lines that a caller may see, with what somebody said they are."""
    query = (
        select(
            bank_line,
            bank_match.c.kind.label("match_kind"),
            bank_match.c.wish,
            bank_match.c.payment_id,
            bank_match.c.posted_on,
        )
        .outerjoin(bank_match, (bank_match.c.line_id == bank_line.c.id) & (bank_match.c.state != "undone"))
        .where(bank_line.c.programme == programme)
    )
    return seen_by(actor, query, bank_line.c.partner_id)


def present_bank_line(row: AnyRow) -> BankLineOut:
    """Show one bank line."""
    wished = row.match_kind not in (None, "ignore")
    return BankLineOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        bank_account_id=row.bank_account_id,
        statement_id=row.statement_id,
        row=row.row_number,
        booked_on=row.booked_on,
        value_on=row.value_on,
        amount=money(row.amount_minor, row.currency),
        state=LineState(row.state),
        bank_reference=row.bank_reference,
        end_to_end=row.end_to_end,
        reference=row.reference,
        party_name=row.party_name,
        party_account=row.party_account,
        said=row.said,
        is_reversal=row.is_reversal,
        is_gap=row.is_gap,
        ignore_reason=row.ignore_reason,
        suggestions=[SuggestionOut.model_validate(each) for each in row.suggestions],
        match=MatchLine.model_validate(row.wish) if wished else None,
        match_kind=row.match_kind,
        payment_id=row.payment_id,
        posted_on=row.posted_on,
    )


async def read_bank_line(connection: AsyncConnection, actor: Actor, programme: str, line_id: UUID) -> BankLineOut:
    """Return one bank line; raises NotFound."""
    query = bank_lines(actor, programme).where(bank_line.c.id == line_id)
    return present_bank_line(await only(connection, query, "bank line", line_id))


_UNRECONCILED: Final = """
SELECT what, id, on_day, amount_minor, currency, why FROM bank_unreconciled($1, $2) ORDER BY on_day NULLS FIRST, id
"""


async def reconciliation(connection: AsyncConnection, partner_id: UUID, until: date) -> Reconciliation:
    """Return what stands between a book and its bank until a day."""
    rows: Sequence[AnyRow] = (await connection.exec_driver_sql(_UNRECONCILED, (partner_id, until))).all()
    return Reconciliation(
        partner_id=partner_id,
        until=until,
        is_reconciled=not rows,
        differences=[
            UnreconciledOut(
                what=row.what,
                id=row.id,
                on_day=row.on_day,
                amount=None if row.amount_minor is None else money(row.amount_minor, row.currency),
                why=row.why,
            )
            for row in rows
        ],
    )
