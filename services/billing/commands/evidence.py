"""Keeping what claims will have to show: sessions held, visits completed and aborted."""

from collections import defaultdict
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from services.billing.domain.evidence import Outcome, counted
from services.billing.tables import attendance_evidence, session_evidence, visit_evidence
from shared.database.transaction import Transaction
from shared.events.enrollment import SessionHeld, VisitAborted, VisitCompleted
from shared.events.vocabulary import Level, Sex
from shared.messaging.handlers import Event

_SESSION: Final = insert(session_evidence)
_ATTENDANCE: Final = insert(attendance_evidence)
_VISIT: Final = insert(visit_evidence)


def keep_session(tx: Transaction, event: Event[SessionHeld]) -> None:
    """Keep a classroom day: per enterprise how many were present by sex and level, and nobody's code."""
    data = event.data
    tx.later.add(
        _SESSION,
        {
            "event_id": event.id,
            "programme": event.programme,
            "partner_id": data.partner_id,
            "training_id": data.training_id,
            "day": data.day,
            "held_on": data.held_on,
        },
    )
    present: defaultdict[UUID, list[tuple[Sex, Level]]] = defaultdict(list)
    for person in data.attendances:
        present[person.enterprise_id].append((person.sex, person.level))
    for enterprise_id, people in present.items():
        for group in counted(people):
            tx.later.add(
                _ATTENDANCE,
                {
                    "event_id": event.id,
                    "programme": event.programme,
                    "enterprise_id": enterprise_id,
                    "sex": group.sex.value,
                    "level": group.level.value,
                    "people": group.people,
                },
            )


def keep_visit(tx: Transaction, event: Event[VisitCompleted] | Event[VisitAborted]) -> None:
    """Keep a visit with its number and day; an aborted one too, since the attempt shows why there is none."""
    data = event.data
    outcome, on_day = _happened(data)
    tx.later.add(
        _VISIT,
        {
            "event_id": event.id,
            "programme": event.programme,
            "partner_id": data.partner_id,
            "training_id": data.training_id,
            "enrollment_id": data.enrollment_id,
            "enterprise_id": data.enterprise_id,
            "number": data.number,
            "on_day": on_day,
            "outcome": outcome.value,
        },
    )


def _happened(data: VisitCompleted | VisitAborted) -> tuple[Outcome, date]:
    if isinstance(data, VisitCompleted):
        return Outcome.COMPLETED, data.visited_on
    return Outcome.ABORTED, data.attempted_on
