"""Reading reminders, their schedules, runs and pauses."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.reminders import Pause, Skip
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.reminders import (
    ReminderItemOut,
    ReminderOut,
    ReminderPauseOut,
    ReminderRunOut,
    ReminderScheduleOut,
    ReminderSkipOut,
)
from services.billing.tables import (
    enterprise,
    invoice,
    reminder,
    reminder_item,
    reminder_pause,
    reminder_run,
    reminder_schedule,
    reminder_skip,
)
from shared.auth.actor import Actor


def schedules(actor: Actor, programme: str) -> Select[Any]:
    """Return the reminder schedules that a caller may see."""
    query = select(reminder_schedule).where(reminder_schedule.c.programme == programme)
    return seen_by(actor, query, reminder_schedule.c.partner_id)


def present_schedule(row: AnyRow) -> ReminderScheduleOut:
    """Show one schedule."""
    return ReminderScheduleOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        valid_from=row.valid_from,
        days_after_due=row.days_after_due,
        minimum=money(row.minimum_minor, row.currency),
    )


def _items() -> Any:  # noqa: ANN401 - a scalar subquery
    fields = func.jsonb_build_object(
        "invoice_id", invoice.c.id,
        "number", invoice.c.number,
        "due_on", reminder_item.c.due_on,
        "open", reminder_item.c.open_minor,
    )  # fmt: skip
    return (
        select(func.jsonb_agg(aggregate_order_by(fields, reminder_item.c.due_on, invoice.c.number), type_=JSONB))
        .select_from(reminder_item)
        .join(invoice, invoice.c.id == reminder_item.c.invoice_id)
        .where(reminder_item.c.reminder_id == reminder.c.id)
        .correlate(reminder)
        .scalar_subquery()
    )


def reminders(actor: Actor, programme: str) -> Select[Any]:
    """Return the reminders that a caller may see."""
    query = (
        select(reminder, enterprise.c.name, _items().label("items"))
        .join(enterprise, enterprise.c.id == reminder.c.enterprise_id)
        .where(reminder.c.programme == programme)
    )
    return seen_by(actor, query, reminder.c.partner_id)


def present_reminder(row: AnyRow) -> ReminderOut:
    """Show one reminder."""
    return ReminderOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        run_id=row.run_id,
        enterprise_id=row.enterprise_id,
        enterprise_name=row.name,
        level=row.level,
        reminded_on=row.reminded_on,
        total=money(row.total_minor, row.currency),
        items=[
            ReminderItemOut(
                invoice_id=item["invoice_id"],
                number=item["number"],
                due_on=item["due_on"],
                open=money(item["open"], row.currency),
            )
            for item in row.items
        ],
    )


async def read_reminder(connection: AsyncConnection, actor: Actor, programme: str, reminder_id: UUID) -> ReminderOut:
    """Return one reminder; raises NotFound."""
    query = reminders(actor, programme).where(reminder.c.id == reminder_id)
    return present_reminder(await only(connection, query, "reminder", reminder_id))


def _skipped() -> Any:  # noqa: ANN401 - a scalar subquery
    fields = func.jsonb_build_object(
        "invoice_id", invoice.c.id,
        "number", invoice.c.number,
        "due_on", reminder_skip.c.due_on,
        "level", reminder_skip.c.level,
        "cause", reminder_skip.c.cause,
        "reason", reminder_skip.c.reason,
    )  # fmt: skip
    return (
        select(func.jsonb_agg(aggregate_order_by(fields, reminder_skip.c.due_on, invoice.c.number), type_=JSONB))
        .select_from(reminder_skip)
        .join(invoice, invoice.c.id == reminder_skip.c.invoice_id)
        .where(reminder_skip.c.run_id == reminder_run.c.id)
        .correlate(reminder_run)
        .scalar_subquery()
    )


def runs(actor: Actor, programme: str) -> Select[Any]:
    """Return the runs that a caller may see."""
    made = (
        select(func.array_agg(aggregate_order_by(reminder.c.id, reminder.c.id)))
        .where(reminder.c.run_id == reminder_run.c.id)
        .correlate(reminder_run)
        .scalar_subquery()
    )
    query = select(reminder_run, made.label("reminders"), _skipped().label("skipped")).where(
        reminder_run.c.programme == programme
    )
    return seen_by(actor, query, reminder_run.c.partner_id)


def present_run(row: AnyRow) -> ReminderRunOut:
    """Show one run."""
    return ReminderRunOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        schedule_id=row.schedule_id,
        run_on=row.run_on,
        reminders=row.reminders or [],
        skipped=[ReminderSkipOut(**{**skip, "cause": Skip(skip["cause"])}) for skip in row.skipped or []],
    )


async def read_run(connection: AsyncConnection, actor: Actor, programme: str, run_id: UUID) -> ReminderRunOut:
    """Return one run; raises NotFound."""
    query = runs(actor, programme).where(reminder_run.c.id == run_id)
    return present_run(await only(connection, query, "reminder run", run_id))


def pauses(actor: Actor, programme: str) -> Select[Any]:
    """Return the pauses that a caller may see, and their ends."""
    query = (
        select(reminder_pause, invoice.c.partner_id)
        .join(invoice, invoice.c.id == reminder_pause.c.invoice_id)
        .where(reminder_pause.c.programme == programme)
    )
    return seen_by(actor, query, invoice.c.partner_id)


def present_pause(row: AnyRow) -> ReminderPauseOut:
    """Show one pause."""
    return ReminderPauseOut(
        id=row.id,
        programme=row.programme,
        partner_id=row.partner_id,
        invoice_id=row.invoice_id,
        cause=Pause(row.cause),
        until=row.until_on,
        reason=row.reason,
        made_on=row.made_on,
        made_by=row.made_by,
    )
