"""A statement file beside what is known of its accounts: the same for a preview and for its confirmation."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from services.billing.bank.camt053 import read_camt053
from services.billing.bank.continuity import Before, Followed, follow, require_sum
from services.billing.bank.csv_statement import read_csv
from services.billing.bank.dedupe import key_text
from services.billing.bank.model import LARGEST_FILE, Problem, Statement, StatementRefused
from services.billing.commands.loading import one
from services.billing.errors import BadStatement
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.bank import ProfileIn
from services.billing.tables import bank_account, bank_profile, bank_statement
from shared.database.transaction import Transaction
from shared.errors import NotFound
from shared.money import Money


@dataclass(frozen=True, slots=True)
class File:
    """A file and what came with it; `profile_id` for CSV."""

    programme: str
    partner_id: UUID
    content: bytes
    account_id: UUID | None
    profile_id: UUID | None
    opening: Money | None
    closing: Money | None


@dataclass(frozen=True, slots=True)
class Weighed:
    """One statement of a file with its account. `followed` is None where rows are refused: then nothing adds up yet."""

    account: AnyRow
    statement: Statement
    opening: Money | None
    closing: Money | None
    followed: Followed | None

    @property
    def gap(self) -> Money | None:
        """What lies between the last statement and this one, if anything."""
        return self.followed.gap if self.followed is not None and self.followed.gap else None


async def weigh(tx: Transaction, file: File, *, lock: bool) -> list[Weighed]:
    """Read a file and set each of its statements beside its account; `lock` holds the accounts until the end.

    Raises BadStatement, or NotFound (bank account of a CSV).
    """
    if len(file.content) > LARGEST_FILE:
        raise BadStatement("content", "file-size", f"a file has at most {LARGEST_FILE} bytes")
    try:
        found = [await _account_of(tx, file, statement) for statement in await _read(tx, file)]
        if lock:
            ids = {account.id for account, _ in found}
            held = select(bank_account.c.id).where(bank_account.c.id.in_(ids)).order_by(bank_account.c.id)
            await tx.connection.execute(held.with_for_update())
        weighed: list[Weighed] = []
        for account, statement in sorted(found, key=lambda each: (each[0].id, each[1].to_on or date.min)):
            weighed.append(await _weigh(tx, file, account, statement, weighed))
    except StatementRefused as refused:
        raise BadStatement(refused.where, refused.rule, refused.sentence) from None
    return weighed


async def _read(tx: Transaction, file: File) -> Sequence[Statement]:
    if file.profile_id is None:
        return read_camt053(file.content)
    row = (
        await tx.connection.execute(
            select(bank_profile.c.profile, bank_account.c.currency)
            .join(bank_account, bank_account.c.id == bank_profile.c.bank_account_id)
            .where(bank_profile.c.id == file.profile_id)
        )
    ).one()
    return [read_csv(file.content, ProfileIn.model_validate(row.profile).of(row.currency))]


async def newest_profile(tx: Transaction, programme: str, partner_id: UUID, account_id: UUID) -> UUID:
    """Return the profile by which files of an account are read now; raises NotFound or BadStatement (there is none)."""
    mine = (
        bank_account.c.id == account_id,
        bank_account.c.programme == programme,
        bank_account.c.partner_id == partner_id,
    )
    if await one(tx, select(bank_account.c.id).where(*mine)) is None:
        raise NotFound("bank account", account_id, field="bank_account_id")
    newest = (
        select(bank_profile.c.id)
        .where(bank_profile.c.bank_account_id == account_id)
        .order_by(bank_profile.c.version.desc())
        .limit(1)
    )
    row = await one(tx, newest)
    if row is None:
        raise BadStatement("bank_account_id", "profile-needed", "the bank account has no CSV profile yet")
    profile_id: UUID = row.id
    return profile_id


async def _account_of(tx: Transaction, file: File, statement: Statement) -> tuple[AnyRow, Statement]:
    mine = bank_account.c.partner_id == file.partner_id
    named: Any = bank_account.c.id == file.account_id if file.account_id else bank_account.c.number == statement.account
    row = await one(tx, select(bank_account).where(mine, named))
    if row is None:
        raise StatementRefused("known-account", f"the book has no bank account {statement.account}")
    if statement.currency != row.currency:
        raise StatementRefused(
            "account-currency", f"the statement is in {statement.currency}, account {row.number} in {row.currency}"
        )
    last = statement.to_on
    if last is not None and last > tx.now.date():
        raise StatementRefused("not-in-the-future", f"the statement ends on {last}, after today, {tx.now.date()}")
    if last is not None and last < row.opened_on:
        raise StatementRefused("after-opening", f"account {row.number} is kept from {row.opened_on} on")
    if row.closed_on is not None and last is not None and last > row.closed_on:
        raise StatementRefused("before-closing", f"account {row.number} was closed on {row.closed_on}")
    outside = [
        Problem(line.row, "booked_on", rule, sentence)
        for line in statement.lines
        for rule, sentence, wrong in (
            ("after-opening", f"account {row.number} is kept from {row.opened_on} on", line.booked_on < row.opened_on),
            ("not-in-the-future", f"{line.booked_on} is after today", line.booked_on > tx.now.date()),
        )
        if wrong
    ]
    return row, replace(statement, problems=(*statement.problems, *outside))


async def _weigh(
    tx: Transaction, file: File, account: AnyRow, statement: Statement, earlier: Sequence[Weighed]
) -> Weighed:
    opening, closing = _balances(file, statement)
    if statement.problems or opening is None or closing is None:
        return Weighed(account, statement, opening, closing, None)
    require_sum(statement, opening, closing)
    before, known = await _before(tx, account, statement, earlier)
    return Weighed(account, statement, opening, closing, follow(statement, opening, closing, before, known))


def _balances(file: File, statement: Statement) -> tuple[Money | None, Money | None]:
    """Return opening and closing: the file's own, or for a CSV without any, what the caller says."""
    for name, own, said in (
        ("opening", statement.opening, file.opening),
        ("closing", statement.closing, file.closing),
    ):
        if said is not None and said.currency != statement.currency:
            raise StatementRefused("account-currency", f"{name} is in {said.currency}", name)
        if own is not None and said is not None and own != said:
            raise StatementRefused(f"{name}-balance", f"the file's {name} balance is {own}, not {said}", name)
    opening = file.opening if statement.opening is None else statement.opening
    closing = file.closing if statement.closing is None else statement.closing
    if statement.problems:
        return opening, closing
    if opening is None and closing is None:
        raise StatementRefused(
            "balance-needed", "the file has no balances: say its opening or closing balance", "closing"
        )
    if opening is None and closing is not None:
        opening = closing - statement.turnover
    if closing is None and opening is not None:
        closing = opening + statement.turnover
    return opening, closing


async def _before(
    tx: Transaction, account: AnyRow, statement: Statement, earlier: Sequence[Weighed]
) -> tuple[Before, Counter[str]]:
    mine = bank_statement.c.bank_account_id == account.id
    last = await one(
        tx, select(bank_statement.c.closing_minor).where(mine).order_by(bank_statement.c.serial.desc()).limit(1)
    )
    until = (await tx.connection.execute(select(func.max(bank_statement.c.to_on)).where(mine))).scalar_one()
    balance = money(account.opening_minor if last is None else last.closing_minor, account.currency)
    known = await _known(tx, account.id, {key_text(line) for line in statement.lines})
    for one_before in earlier:
        if one_before.account.id == account.id and one_before.followed is not None and one_before.followed.adds:
            ended = one_before.statement.to_on
            balance = balance if one_before.closing is None else one_before.closing
            until = ended if until is None else max(until, ended or until)
            known.update(each.key.text for each in one_before.followed.new)
    return Before(balance, until), known


async def _known(tx: Transaction, account_id: UUID, keys: Iterable[str]) -> Counter[str]:
    rows = await tx.connection.exec_driver_sql(
        "SELECT key_text, max(occurrence) AS n FROM bank_line WHERE bank_account_id = $1 AND key_text = ANY($2) "
        "GROUP BY key_text",
        (account_id, list(keys)),
    )
    return Counter({row.key_text: row.n for row in rows})
