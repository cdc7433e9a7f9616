"""Bank accounts of a book, and how their files are read."""

from typing import Final
from uuid import UUID

from sqlalchemy import func, insert, select, update
from stdnum import iban

from services.billing import ledger
from services.billing.bank.model import account_number
from services.billing.commands.loading import happened, in_currency, need_partner, need_programme, not_before, one
from services.billing.domain.accounts import Account, Code
from services.billing.domain.banking import opening_entry
from services.billing.errors import BadProfile, WrongBankAccount
from services.billing.queries.bank import present_profile, profiles, read_bank_account
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.bank import BankAccountOut, CloseBankAccount, OpenBankAccount, ProfileIn, ProfileOut
from services.billing.tables import bank_account, bank_profile, partner
from shared.database.transaction import Transaction
from shared.errors import Conflict, NotFound, RefusedTransition
from shared.money import Money

_UNASSIGNED: Final = """
SELECT coalesce(sum(p.amount_minor), 0) AS minor FROM ledger.account a JOIN ledger.posting p ON p.account_id = a.id
WHERE a.book_id = $1 AND a.code = '1010' AND a.currency = $2 AND a.bank_account_id IS NULL AND p.effective_on < $3
"""


async def open_bank_account(tx: Transaction, programme: str, command: OpenBankAccount) -> BankAccountOut:
    """Keep a bank account from a day on, with the balance it had then.

    Raises FactMissing, NotAllowed, WrongCurrency, WrongBankAccount (IBAN, number, country), Conflict (number taken, or
    another one took over), FutureDate or PeriodClosed.
    """
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    in_currency("opening", command.opening, command.currency)
    in_currency("currency", Money.zero(command.currency), keeper.currency)
    happened(tx, "opened_on", command.opened_on)
    number = _number(command)
    # One account of a book at a time, so that two do not take over the same entries.
    await tx.connection.execute(select(partner.c.id).where(partner.c.id == keeper.id).with_for_update(key_share=True))
    mine = bank_account.c.partner_id == keeper.id
    taken = await one(tx, select(bank_account.c.id).where(mine, bank_account.c.number == number))
    if taken is not None:
        raise Conflict(f"account {number} is kept already: {taken.id}", field="number", rule="unique")
    taken_over = Money.zero(command.currency)
    if command.takes_over:
        heir = await one(
            tx,
            select(bank_account.c.id).where(
                mine, bank_account.c.takes_over, bank_account.c.currency == command.currency
            ),
        )
        if heir is not None:
            raise Conflict(f"account {heir.id} took over already", field="takes_over", rule="once")
        found = await tx.connection.exec_driver_sql(_UNASSIGNED, (keeper.id, command.currency, command.opened_on))
        taken_over = money(found.scalar_one(), command.currency)
    account_id = tx.ids()
    await tx.connection.execute(
        insert(bank_account).values(
            id=account_id,
            programme=programme,
            partner_id=keeper.id,
            name=command.name,
            number=number,
            is_iban=command.iban is not None,
            country=command.country,
            currency=command.currency,
            opened_on=command.opened_on,
            opening_minor=command.opening.minor,
            takes_over=command.takes_over,
        )
    )
    sub_account = Account(Code.BANK, bank_account_id=account_id)
    entry = opening_entry(sub_account, command.opening, taken_over, account_id, command.opened_on)
    if entry is not None:
        await ledger.post(tx, keeper.id, entry)
    return await read_bank_account(tx.connection, tx.actor, programme, account_id)


def _number(command: OpenBankAccount) -> str:
    if command.iban is None:
        number = account_number(command.number or "")
        if not (4 <= len(number) <= 34 and number.isascii()):
            raise WrongBankAccount("number", "account-number", "an account number has 4 to 34 letters and digits")
        return number
    number = account_number(command.iban)
    if not iban.is_valid(number):
        raise WrongBankAccount("iban", "iban-check-digits", f"{number} is not a valid IBAN (ISO 13616)")
    if number[:2] != command.country:
        raise WrongBankAccount("country", "iban-country", f"the IBAN is of {number[:2]}, not of {command.country}")
    return number


async def lock_account(tx: Transaction, programme: str, account_id: UUID, field: str = "id") -> AnyRow:
    """Lock a bank account; raises NotFound, also for another partner's."""
    row = await one(
        tx,
        select(bank_account)
        .where(bank_account.c.id == account_id, bank_account.c.programme == programme)
        .with_for_update(),
    )
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("bank account", account_id, field=field)
    return row


async def close_bank_account(
    tx: Transaction, programme: str, account_id: UUID, command: CloseBankAccount
) -> BankAccountOut:
    """Give an empty bank account its last day; it takes nothing afterwards.

    Raises NotFound, RefusedTransition, WrongBankAccount (not empty), FutureDate or DateOrder.
    """
    row = await lock_account(tx, programme, account_id)
    if row.closed_on is not None:
        raise RefusedTransition("bank account", account_id, "closed", "close", ())
    happened(tx, "closed_on", command.closed_on)
    now = await read_bank_account(tx.connection, tx.actor, programme, account_id)
    not_before("closed_on", command.closed_on, now.statements_until or row.opened_on, "the last day it is kept")
    if now.balance or now.ledger:
        raise WrongBankAccount(
            "closed_on", "empty", f"account {row.number} is at {now.balance}, in the ledger at {now.ledger}"
        )
    await tx.connection.execute(
        update(bank_account)
        .where(bank_account.c.id == account_id)
        .values(closed_on=command.closed_on, close_reason=command.reason)
    )
    return await read_bank_account(tx.connection, tx.actor, programme, account_id)


async def add_profile(tx: Transaction, programme: str, account_id: UUID, command: ProfileIn) -> ProfileOut:
    """Say how the CSV of a bank account is read from now on, as a new version; raises NotFound or BadProfile."""
    row = await lock_account(tx, programme, account_id)
    fault = command.of(row.currency).fault
    if fault is not None:
        raise BadProfile(*fault)
    versions = await tx.connection.execute(
        select(func.coalesce(func.max(bank_profile.c.version), 0)).where(bank_profile.c.bank_account_id == account_id)
    )
    profile_id = tx.ids()
    await tx.connection.execute(
        insert(bank_profile).values(
            id=profile_id,
            programme=programme,
            bank_account_id=account_id,
            version=versions.scalar_one() + 1,
            profile=command.model_dump(mode="json"),
        )
    )
    shown = profiles(tx.actor, programme).where(bank_profile.c.id == profile_id)
    return present_profile((await tx.connection.execute(shown)).one())
