"""Reminders of what is overdue."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import Response

from services.billing.api.access import Asked, FinanceWrites, Programme, Reads
from services.billing.commands.reminders import (
    pause_reminders,
    resume_reminders,
    run_reminders,
    set_reminder_schedule,
)
from services.billing.queries.reminders import (
    pauses,
    present_pause,
    present_reminder,
    present_run,
    present_schedule,
    read_reminder,
    read_run,
    reminders,
    runs,
    schedules,
)
from services.billing.schemas.reminders import (
    PauseReminders,
    ReminderOut,
    ReminderPauseOut,
    ReminderRunOut,
    ReminderScheduleOut,
    ResumeReminders,
    RunReminders,
    SetReminderSchedule,
)
from services.billing.tables import reminder, reminder_pause, reminder_run, reminder_schedule
from shared.web.listing import Page, answer_list

router = APIRouter(prefix="/v1/programmes/{programme}", tags=["receivables"])


@router.post("/books/{partner_id}/reminder-schedules", status_code=201, response_model=ReminderScheduleOut)
async def post_schedule(
    programme: Programme, partner_id: UUID, body: SetReminderSchedule, write: FinanceWrites
) -> Response:
    """Say when reminders go out from a day on."""
    return await write.run(set_reminder_schedule, programme, partner_id, body)


@router.post("/books/{partner_id}/reminder-runs", status_code=201, response_model=ReminderRunOut)
async def post_run(programme: Programme, partner_id: UUID, body: RunReminders, write: FinanceWrites) -> Response:
    """Make the reminders that are due on a day."""
    return await write.run(run_reminders, programme, partner_id, body)


@router.post("/invoices/{invoice_id}/pause-reminders", status_code=201, response_model=ReminderPauseOut)
async def post_pause(programme: Programme, invoice_id: UUID, body: PauseReminders, write: FinanceWrites) -> Response:
    """Leave an invoice alone until a day."""
    return await write.run(pause_reminders, programme, invoice_id, body)


@router.post("/invoices/{invoice_id}/resume-reminders", status_code=201, response_model=ReminderPauseOut)
async def post_resume(programme: Programme, invoice_id: UUID, body: ResumeReminders, write: FinanceWrites) -> Response:
    """End a pause before its day."""
    return await write.run(resume_reminders, programme, invoice_id, body)


@router.get("/reminder-schedules", response_model=Page[ReminderScheduleOut])
async def get_schedules(programme: Programme, read: Reads, asked: Asked, partner_id: UUID | None = None) -> Response:
    """List reminder schedules."""
    query = schedules(read.actor, programme)
    if partner_id is not None:
        query = query.where(reminder_schedule.c.partner_id == partner_id)
    return await answer_list(read.connection, query, reminder_schedule.c.id, asked, present_schedule)


@router.get("/reminder-runs", response_model=Page[ReminderRunOut])
async def get_runs(programme: Programme, read: Reads, asked: Asked, partner_id: UUID | None = None) -> Response:
    """List runs with what they made and what they left alone."""
    query = runs(read.actor, programme)
    if partner_id is not None:
        query = query.where(reminder_run.c.partner_id == partner_id)
    return await answer_list(read.connection, query, reminder_run.c.id, asked, present_run)


@router.get("/reminder-runs/{run_id}")
async def get_run(programme: Programme, run_id: UUID, read: Reads) -> ReminderRunOut:
    """Show one run."""
    return await read_run(read.connection, read.actor, programme, run_id)


@router.get("/reminders", response_model=Page[ReminderOut])
async def get_reminders(
    programme: Programme,
    read: Reads,
    asked: Asked,
    partner_id: UUID | None = None,
    enterprise_id: UUID | None = None,
    run_id: UUID | None = None,
    level: Annotated[int | None, Query(ge=1, le=9)] = None,
) -> Response:
    """List reminders."""
    query = reminders(read.actor, programme)
    for column, wanted in (
        (reminder.c.partner_id, partner_id),
        (reminder.c.enterprise_id, enterprise_id),
        (reminder.c.run_id, run_id),
        (reminder.c.level, level),
    ):
        if wanted is not None:
            query = query.where(column == wanted)
    return await answer_list(read.connection, query, reminder.c.id, asked, present_reminder)


@router.get("/reminders/{reminder_id}")
async def get_reminder(programme: Programme, reminder_id: UUID, read: Reads) -> ReminderOut:
    """Show one reminder."""
    return await read_reminder(read.connection, read.actor, programme, reminder_id)


@router.get("/reminder-pauses", response_model=Page[ReminderPauseOut])
async def get_pauses(programme: Programme, read: Reads, asked: Asked, invoice_id: UUID | None = None) -> Response:
    """List pauses and their ends; the newest of an invoice holds."""
    query = pauses(read.actor, programme)
    if invoice_id is not None:
        query = query.where(reminder_pause.c.invoice_id == invoice_id)
    return await answer_list(read.connection, query, reminder_pause.c.id, asked, present_pause)
