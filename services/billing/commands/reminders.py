"""Reminding enterprises of what is overdue, and leaving invoices alone for a while."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import insert

from services.billing.commands.invoices import require_state
from services.billing.commands.loading import (
    happened,
    in_currency,
    lock_invoice,
    need_partner,
    need_programme,
    not_before,
)
from services.billing.domain.invoices import InvoiceState
from services.billing.domain.reminders import (
    Letter,
    Overdue,
    Pause,
    Paused,
    Schedule,
    Skipped,
    plan_run,
)
from services.billing.errors import NoReminderSchedule, NotPaused
from services.billing.queries.reminders import (
    pauses,
    present_pause,
    present_schedule,
    read_run,
    schedules,
)
from services.billing.queries.scope import AnyRow, money
from services.billing.schemas.reminders import (
    PauseReminders,
    ReminderPauseOut,
    ReminderRunOut,
    ReminderScheduleOut,
    ResumeReminders,
    RunReminders,
    SetReminderSchedule,
)
from services.billing.tables import (
    reminder,
    reminder_item,
    reminder_pause,
    reminder_run,
    reminder_schedule,
    reminder_skip,
)
from shared.database.transaction import Transaction
from shared.events.billing import RemindedInvoice, ReminderIssued


async def set_reminder_schedule(
    tx: Transaction, programme: str, partner_id: UUID, command: SetReminderSchedule
) -> ReminderScheduleOut:
    """Say when reminders of a book go out from a day on; levels already sent are not sent again.

    Raises FactMissing, NotAllowed or WrongCurrency.
    """
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, partner_id)
    in_currency("minimum", command.minimum, keeper.currency)
    schedule_id = tx.ids()
    await tx.connection.execute(
        insert(reminder_schedule).values(
            id=schedule_id,
            programme=programme,
            partner_id=keeper.id,
            valid_from=command.valid_from,
            days_after_due=command.days_after_due,
            minimum_minor=command.minimum.minor,
            currency=command.minimum.currency,
        )
    )
    shown = schedules(tx.actor, programme).where(reminder_schedule.c.id == schedule_id)
    return present_schedule((await tx.connection.execute(shown)).one())


_SCHEDULE: Final = """
SELECT * FROM reminder_schedule WHERE partner_id = $1 AND valid_from <= $2 ORDER BY valid_from DESC, id DESC LIMIT 1
"""
# One run of a book at a time: two at once would both find the same invoices not reminded yet.
_HOLD: Final = "SELECT id FROM partner WHERE id = $1 FOR NO KEY UPDATE"
# What is open now, not what was on the day of the run: nobody is reminded of what has been paid meanwhile.
_OVERDUE: Final = """
SELECT i.id, i.enterprise_id, i.number, i.due_on, i.currency, p.open_minor, last.level, last.reminded_on,
       pause.cause, pause.until_on, pause.reason
FROM invoice i
JOIN share_position p ON p.invoice_id = i.id AND p.payer_class = 'F'
LEFT JOIN LATERAL (
    SELECT t.level, r.reminded_on FROM reminder_item t JOIN reminder r ON r.id = t.reminder_id
    WHERE t.invoice_id = i.id AND t.due_on = i.due_on ORDER BY t.level DESC LIMIT 1
) AS last ON true
LEFT JOIN LATERAL (
    SELECT z.cause, z.until_on, z.reason FROM reminder_pause z WHERE z.invoice_id = i.id ORDER BY z.id DESC LIMIT 1
) AS pause ON true
WHERE i.partner_id = $1 AND i.state = 'issued' AND i.due_on < $2 AND p.open_minor > 0
"""
_CREDITS: Final = """
SELECT enterprise_id, -sum(amount_minor)::bigint AS minor, min(currency) AS currency FROM receivable_movement
WHERE partner_id = $1 AND side = 'credit' AND enterprise_id IS NOT NULL
GROUP BY enterprise_id HAVING sum(amount_minor) < 0
"""


async def run_reminders(tx: Transaction, programme: str, partner_id: UUID, command: RunReminders) -> ReminderRunOut:
    """Make the reminders of a book that are due on a day: one per enterprise and level.

    Run again, or late, it makes only what no run has made: every level of an invoice once, and as far after the level
    before as the schedule has it. Raises FactMissing, NotAllowed, NoReminderSchedule or FutureDate.
    """
    await need_programme(tx, programme)
    keeper = await need_partner(tx, programme, partner_id)
    happened(tx, "run_on", command.run_on)
    await tx.connection.exec_driver_sql(_HOLD, (keeper.id,))
    held = (await tx.connection.exec_driver_sql(_SCHEDULE, (keeper.id, command.run_on))).one_or_none()
    if held is None:
        raise NoReminderSchedule(command.run_on)
    schedule = Schedule(tuple(held.days_after_due), money(held.minimum_minor, held.currency))
    overdue: Sequence[AnyRow] = (await tx.connection.exec_driver_sql(_OVERDUE, (keeper.id, command.run_on))).all()
    has = {
        row.enterprise_id: money(row.minor, row.currency)
        for row in (await tx.connection.exec_driver_sql(_CREDITS, (keeper.id,))).all()
    }
    letters, skipped = plan_run(schedule, [_overdue(row) for row in overdue], has, command.run_on)
    run_id = tx.ids()
    await tx.connection.execute(
        insert(reminder_run).values(
            id=run_id,
            programme=programme,
            partner_id=keeper.id,
            schedule_id=held.id,
            run_on=command.run_on,
            run_by=tx.actor.subject,
        )
    )
    for letter in letters:
        await _send(tx, programme, keeper.id, run_id, letter, command.run_on)
    await _keep_skipped(tx, programme, run_id, skipped)
    return await read_run(tx.connection, tx.actor, programme, run_id)


def _overdue(row: AnyRow) -> Overdue:
    paused = None
    if row.cause is not None and row.cause != Pause.RESUMED.value:
        paused = Paused(Pause(row.cause), row.until_on, row.reason)
    return Overdue(
        invoice_id=row.id,
        enterprise_id=row.enterprise_id,
        number=row.number,
        due_on=row.due_on,
        open=money(row.open_minor, row.currency),
        level=row.level or 0,
        reminded_on=row.reminded_on,
        paused=paused,
    )


async def _send(tx: Transaction, programme: str, partner_id: UUID, run_id: UUID, letter: Letter, on: date) -> None:
    reminder_id = tx.ids()
    await tx.connection.execute(
        insert(reminder).values(
            id=reminder_id,
            programme=programme,
            run_id=run_id,
            partner_id=partner_id,
            enterprise_id=letter.enterprise_id,
            level=letter.level,
            reminded_on=on,
            total_minor=letter.total.minor,
            currency=letter.total.currency,
        )
    )
    await tx.connection.execute(
        insert(reminder_item).values(
            [
                {
                    "reminder_id": reminder_id,
                    "programme": programme,
                    "invoice_id": debt.invoice_id,
                    "due_on": debt.due_on,
                    "level": letter.level,
                    "open_minor": debt.open.minor,
                }
                for debt in letter.debts
            ]
        )
    )
    tx.emit(
        ReminderIssued(
            reminder_id=reminder_id,
            partner_id=partner_id,
            enterprise_id=letter.enterprise_id,
            level=letter.level,
            reminded_on=on,
            total=letter.total,
            invoices=tuple(
                RemindedInvoice(invoice_id=debt.invoice_id, number=debt.number, due_on=debt.due_on, open=debt.open)
                for debt in letter.debts
            ),
        ),
        aggregate_id=reminder_id,
        programme=programme,
    )


async def _keep_skipped(tx: Transaction, programme: str, run_id: UUID, skipped: Sequence[Skipped]) -> None:
    if skipped:
        await tx.connection.execute(
            insert(reminder_skip).values(
                [
                    {
                        "run_id": run_id,
                        "programme": programme,
                        "invoice_id": each.debt.invoice_id,
                        "due_on": each.debt.due_on,
                        "level": each.level,
                        "cause": each.cause.value,
                        "reason": each.reason,
                    }
                    for each in skipped
                ]
            )
        )


async def pause_reminders(
    tx: Transaction, programme: str, invoice_id: UUID, command: PauseReminders
) -> ReminderPauseOut:
    """Leave an issued invoice alone until a day; a later pause replaces an earlier one.

    Raises NotFound, RefusedTransition or DateOrder.
    """
    row = await lock_invoice(tx, programme, invoice_id)
    require_state(row, InvoiceState.ISSUED, "pause-reminders")
    not_before("until", command.until, tx.now.date(), "today")
    return await _pause(tx, programme, invoice_id, Pause(command.cause), command.until, command.reason)


async def resume_reminders(
    tx: Transaction, programme: str, invoice_id: UUID, command: ResumeReminders
) -> ReminderPauseOut:
    """End a pause before its day; raises NotFound, or NotPaused when there is none."""
    await lock_invoice(tx, programme, invoice_id)
    newest = pauses(tx.actor, programme).where(reminder_pause.c.invoice_id == invoice_id)
    held = (await tx.connection.execute(newest.order_by(reminder_pause.c.id.desc()).limit(1))).one_or_none()
    if held is None or held.cause == Pause.RESUMED.value:
        raise NotPaused(invoice_id)
    return await _pause(tx, programme, invoice_id, Pause.RESUMED, None, command.reason)


async def _pause(
    tx: Transaction, programme: str, invoice_id: UUID, cause: Pause, until: date | None, reason: str
) -> ReminderPauseOut:
    pause_id = tx.ids()
    await tx.connection.execute(
        insert(reminder_pause).values(
            id=pause_id,
            programme=programme,
            invoice_id=invoice_id,
            cause=cause.value,
            until_on=until,
            reason=reason,
            made_on=tx.now.date(),
            made_by=tx.actor.subject,
        )
    )
    shown = pauses(tx.actor, programme).where(reminder_pause.c.id == pause_id)
    return present_pause((await tx.connection.execute(shown)).one())
