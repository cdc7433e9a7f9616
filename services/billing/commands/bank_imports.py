"""Looking at statement files, and taking them into the book."""

import json
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import func, insert, select, update

from services.billing import ledger
from services.billing.commands.bank_suggesting import suggest_for
from services.billing.commands.loading import need_partner, need_programme, one
from services.billing.commands.statement_reading import File, Weighed, newest_profile, weigh
from services.billing.domain.banking import Moved, line_entry
from services.billing.errors import BadRows, BadStatement, StatementGap
from services.billing.ledger import Late
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.bank import ConfirmImport, ImportOut, PreviewImport, RowOut, StatementPreview
from services.billing.tables import bank_import, bank_statement
from shared.database.transaction import Transaction
from shared.errors import FieldError, NotFound, RefusedTransition
from shared.events.billing import StatementImported
from shared.money import Money


async def preview_import(tx: Transaction, programme: str, command: PreviewImport) -> ImportOut:
    """Read a statement file and say what it would add; nothing but the file itself is kept.

    Raises FactMissing, NotAllowed, NotFound (bank account) or BadStatement.
    """
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, command.partner_id)
    profile_id = None
    if command.bank_account_id is not None:
        profile_id = await newest_profile(tx, programme, keeper.id, command.bank_account_id)
    file = File(
        programme, keeper.id, command.file, command.bank_account_id, profile_id, command.opening, command.closing
    )
    weighed = await weigh(tx, file, lock=False)
    import_id = tx.ids()
    await tx.connection.execute(
        insert(bank_import).values(
            id=import_id,
            programme=programme,
            partner_id=keeper.id,
            bank_account_id=file.account_id,
            profile_id=profile_id,
            format=command.format,
            file_name=command.file_name,
            content=file.content,
            opening_minor=None if file.opening is None else file.opening.minor,
            closing_minor=None if file.closing is None else file.closing.minor,
            previewed_at=tx.now,
        )
    )
    row = await one(tx, select(bank_import).where(bank_import.c.id == import_id))
    return _shown(row, weighed)


def _shown(row: AnyRow | None, weighed: list[Weighed]) -> ImportOut:
    if row is None:
        raise LookupError("an import is shown after it was stored")
    adds_up = all(each.followed is not None for each in weighed)
    return ImportOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        state="previewed" if row.confirmed_at is None else "confirmed",
        format=row.format,
        file_name=row.file_name,
        can_confirm=row.confirmed_at is None and adds_up,
        needs_reason=row.confirmed_at is None and any(each.gap is not None for each in weighed),
        gap_reason=row.gap_reason,
        statements=[_statement_shown(each) for each in weighed],
    )


def _statement_shown(each: Weighed) -> StatementPreview:
    statement, followed = each.statement, each.followed
    known = {} if followed is None else {id(counted.line): counted.is_known for counted in followed.lines}
    refused = {problem.row for problem in statement.problems}
    rows = [
        RowOut(
            row=line.row,
            result="known" if known.get(id(line)) else "new",
            booked_on=line.booked_on,
            amount=line.amount,
            said=line.text or line.reference or line.party_name,
        )
        for line in statement.lines
        if line.row not in refused
    ]
    rows += [RowOut(row=each.row, result="skipped", rule=each.why, said=each.amount) for each in statement.skipped]
    rows += [
        RowOut(row=each.row, result="refused", field=each.field, rule=each.rule, message=each.message)
        for each in statement.problems
    ]
    count = {result: sum(row.result == result for row in rows) for result in ("new", "known", "skipped", "refused")}
    return StatementPreview(
        bank_account_id=each.account.id,
        identifier=statement.identifier,
        from_on=statement.from_on,
        to_on=statement.to_on,
        opening=each.opening,
        closing=each.closing,
        turnover=statement.turnover,
        overlaps=followed is not None and followed.overlaps,
        gap=each.gap,
        rows=sorted(rows, key=lambda row: row.row),
        **count,
    )


async def confirm_import(tx: Transaction, programme: str, import_id: UUID, command: ConfirmImport) -> ImportOut:
    """Take a file into the book: its statements, its new lines, and the entry of each against suspense.

    It is read and weighed again under the lock of its accounts, since another file may have come since the preview. All
    or nothing. Raises NotFound, RefusedTransition, BadStatement, BadRows, StatementGap or PeriodClosed.
    """
    row = await one(
        tx,
        select(bank_import)
        .where(bank_import.c.id == import_id, bank_import.c.programme == programme)
        .with_for_update(),
    )
    if row is None or not tx.actor.sees_partner(row.partner_id):
        raise NotFound("bank import", import_id, field="id")
    if row.confirmed_at is not None:
        raise RefusedTransition("bank import", import_id, "confirmed", "confirm", ())
    keeper = await need_partner(tx, programme, row.partner_id)
    said = [
        None if minor is None else money(minor, keeper.currency) for minor in (row.opening_minor, row.closing_minor)
    ]
    file = File(programme, row.partner_id, row.content, row.bank_account_id, row.profile_id, *said)
    weighed = await weigh(tx, file, lock=True)
    _require_right(weighed, command)
    lines: list[dict[str, object]] = []
    for each in weighed:
        lines += await _store_statement(tx, import_id, each, command.gap_reason)
    if lines:
        await tx.connection.exec_driver_sql(_STORE_LINES, (json.dumps(lines),))
    late = Late.MOVE if command.into_open_period else Late.REFUSE
    entries = (line_entry(_moved(line), date.fromisoformat(str(line["booked_on"])), 1) for line in lines)
    await ledger.post_all(tx, row.partner_id, [entry for entry in entries if entry is not None], late)
    gap_reason = command.gap_reason if any(each.gap is not None for each in weighed) else None
    await tx.connection.execute(
        update(bank_import).where(bank_import.c.id == import_id).values(confirmed_at=tx.now, gap_reason=gap_reason)
    )
    await suggest_for(tx, programme, row.partner_id, [UUID(str(line["id"])) for line in lines])
    return _shown(await one(tx, select(bank_import).where(bank_import.c.id == import_id)), weighed)


def _require_right(weighed: list[Weighed], command: ConfirmImport) -> None:
    refused = [
        FieldError(f"rows.{problem.row}.{problem.field}", problem.rule, problem.message)
        for each in weighed
        for problem in each.statement.problems
    ]
    if refused:
        raise BadRows(refused)
    for each in weighed:
        if each.gap is not None and command.gap_reason is None:
            raise StatementGap(each.account.number, each.gap)


_STORE_LINES: Final = """
INSERT INTO bank_line SELECT * FROM jsonb_populate_recordset(NULL::bank_line, $1::text::jsonb)
"""
"""All lines in one statement: each of them must stand with its statement's balances (bank_line_own)."""


async def _store_statement(
    tx: Transaction, import_id: UUID, each: Weighed, gap_reason: str | None
) -> list[dict[str, object]]:
    """Store a statement that adds something and return its lines, ready to be stored."""
    account, statement, followed = each.account, each.statement, each.followed
    if followed is None or each.closing is None or not followed.adds:
        return []
    first, last = statement.from_on or statement.to_on, statement.to_on or statement.from_on
    if first is None or last is None:
        raise BadStatement("content", "dated", "the statement has neither lines nor days of its own")
    new = followed.new
    moved = Money(sum(counted.line.amount.minor for counted in new), account.currency) + followed.gap
    statement_id = tx.ids()
    serial = await tx.connection.execute(
        select(func.coalesce(func.max(bank_statement.c.serial), 0)).where(
            bank_statement.c.bank_account_id == account.id
        )
    )
    from_on = max(min(first, *(counted.line.booked_on for counted in new)) if new else first, account.opened_on)
    await tx.connection.execute(
        insert(bank_statement).values(
            id=statement_id,
            programme=account.programme,
            bank_account_id=account.id,
            import_id=import_id,
            serial=serial.scalar_one() + 1,
            identifier=statement.identifier,
            from_on=from_on,
            to_on=last,
            opening_minor=(each.closing - moved).minor,
            closing_minor=each.closing.minor,
        )
    )
    common: dict[str, object] = {
        "programme": account.programme,
        "partner_id": str(account.partner_id),
        "bank_account_id": str(account.id),
        "statement_id": str(statement_id),
        "currency": account.currency,
        "booked_version": 1,
        "state": "imported",
        "suggestions": [],
    }
    lines: list[dict[str, object]] = [
        {
            **common,
            "id": str(tx.ids()),
            "row_number": counted.line.row,
            "booked_on": str(counted.line.booked_on),
            "value_on": None if counted.line.value_on is None else str(counted.line.value_on),
            "amount_minor": counted.line.amount.minor,
            "bank_reference": counted.line.bank_reference,
            "end_to_end": counted.line.end_to_end,
            "reference": counted.line.reference,
            "party_name": counted.line.party_name,
            "party_account": counted.line.party_account,
            "said": counted.line.text,
            "is_reversal": counted.line.is_reversal,
            "is_gap": False,
            "key_text": counted.key.text,
            "occurrence": counted.key.occurrence,
        }
        for counted in new
    ]
    if followed.gap:
        # What is missing is money all the same: it sits in suspense under its reason until somebody explains it.
        lines.append(
            {
                **common,
                **dict.fromkeys(("bank_reference", "end_to_end", "party_name", "party_account"), ""),
                "id": str(tx.ids()),
                "row_number": 0,
                "booked_on": str(from_on),
                "amount_minor": followed.gap.minor,
                "reference": (gap_reason or "")[:140],
                "said": gap_reason,
                "is_reversal": False,
                "is_gap": True,
                "key_text": f"gap:{statement_id}",
                "occurrence": 1,
            }
        )
    tx.emit(
        StatementImported(
            statement_id=statement_id,
            bank_account_id=account.id,
            partner_id=account.partner_id,
            from_on=from_on,
            to_on=last,
            opening=each.closing - moved,
            closing=each.closing,
            lines=len(lines),
        ),
        aggregate_id=account.id,
        programme=account.programme,
    )
    return lines


def _moved(line: dict[str, object]) -> Moved:
    return Moved(
        UUID(str(line["id"])),
        UUID(str(line["bank_account_id"])),
        Money(int(str(line["amount_minor"])), str(line["currency"])),
    )
