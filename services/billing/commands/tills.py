"""Where money comes in and goes out: which bank account of a book, or cash."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from services.billing.commands.loading import one
from services.billing.domain.accounts import Account
from services.billing.domain.payments import Method, till
from services.billing.errors import WhichBankAccount, WrongBankAccount
from services.billing.queries.scope import AnyRow
from services.billing.tables import bank_account
from shared.database.transaction import Transaction
from shared.errors import NotFound


async def choose_till(
    tx: Transaction, partner_id: UUID, currency: str, method: Method, named: UUID | None, day: date
) -> Account:
    """Return the account for money of `method` in a book on `day`.

    Bank money goes to the account named, else to the only one in that currency; a book without bank accounts keeps its
    bank as one. Raises NotFound, WhichBankAccount or WrongBankAccount.
    """
    if method is not Method.BANK:
        if named is not None:
            raise WrongBankAccount("bank_account_id", "bank-only", f"money by {method} is on no bank account")
        return till(method, None)
    if named is not None:
        row = await one(
            tx, select(bank_account).where(bank_account.c.id == named, bank_account.c.partner_id == partner_id)
        )
        if row is None:
            raise NotFound("bank account", named, field="bank_account_id")
        require_takes(row, currency, day)
        return till(method, row.id)
    in_currency = bank_account.c.partner_id == partner_id, bank_account.c.currency == currency
    open_then = bank_account.c.opened_on <= day, bank_account.c.closed_on.is_(None) | (bank_account.c.closed_on >= day)
    found = (await tx.connection.execute(select(bank_account.c.id).where(*in_currency, *open_then))).all()
    if len(found) > 1:
        raise WhichBankAccount(currency)
    return till(method, found[0].id if found else None)


def require_takes(row: AnyRow, currency: str, day: date, field: str = "bank_account_id") -> None:
    """Refuse another currency than the account's, and a day on which it was not open."""
    if row.currency != currency:
        raise WrongBankAccount(field, "account-currency", f"account {row.number} is in {row.currency}, not {currency}")
    if day < row.opened_on:
        raise WrongBankAccount(
            field, "after-opening", f"account {row.number} is kept from {row.opened_on} on, not {day}"
        )
    if row.closed_on is not None and day > row.closed_on:
        raise WrongBankAccount(field, "before-closing", f"account {row.number} was closed on {row.closed_on}")
