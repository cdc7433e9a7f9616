"""Reading the evidence of claims: live for a draft, and as frozen by a submission."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.billing.domain.evidence import Evidence, Outcome, People, Session, Shown, Visit, added_up
from services.billing.queries.scope import AnyRow, money, only, seen_by
from services.billing.schemas.evidence import (
    ClaimDocument,
    ClaimDocumentOut,
    ClaimEvidenceOut,
    DocumentItem,
    PeopleOut,
    SessionOut,
    VisitOut,
)
from services.billing.tables import agreement, attendance_evidence, claim, claim_submission, session_evidence
from services.billing.tables import visit_evidence as visit
from shared.auth.actor import Actor
from shared.events.vocabulary import Level, Sex

# What the newest items of a claim are about; an item of overhead has no training.
_ITEMS: Final = """
SELECT c.share_id, c.cost_id, c.claimed_minor, i.id AS invoice_id, i.number AS invoice_number, i.enterprise_id,
       coalesce(i.enterprise_name, f.name) AS enterprise_name, n.id AS enrollment_id,
       coalesce(n.training_id, k.training_id) AS training_id, coalesce(n.module, t.module) AS module,
       k.kind AS cost_kind, k.description AS cost_description, coalesce(i.issued_on, k.incurred_on) AS on_day
FROM claim_item c
LEFT JOIN invoice_share s ON s.id = c.share_id
LEFT JOIN invoice i ON i.id = s.invoice_id
LEFT JOIN enterprise f ON f.id = i.enterprise_id
LEFT JOIN enrollment n ON n.id = i.enrollment_id
LEFT JOIN cost k ON k.id = c.cost_id
LEFT JOIN training t ON t.id = k.training_id
WHERE c.claim_id = $1 AND c.item_set = $2
ORDER BY coalesce(i.issued_on, k.incurred_on), i.fiscal_year, i.serial, c.share_id, c.cost_id
"""


@dataclass(frozen=True, slots=True)
class Told:
    """All that events told of some trainings."""

    sessions: dict[UUID, list[tuple[AnyRow, dict[UUID, list[People]]]]]
    visits: dict[UUID, list[tuple[UUID, Visit]]]

    def of(self, item: AnyRow) -> Shown:
        """Return the evidence of one item: of its enrollment, or of its training for a cost."""
        if item.training_id is None:
            return Shown(is_of_training=False, sessions=(), visits=())
        sessions = []
        for row, present in self.sessions.get(item.training_id, []):
            people = (
                added_up(group for groups in present.values() for group in groups)
                if item.enrollment_id is None
                else tuple(present.get(item.enterprise_id, ()))
            )
            sessions.append(Session(row.event_id, row.day, row.held_on, people))
        visits = tuple(
            seen
            for enrollment_id, seen in self.visits.get(item.training_id, [])
            if item.enrollment_id in (None, enrollment_id)
        )
        return Shown(is_of_training=True, sessions=tuple(sessions), visits=visits)


async def told_of(connection: AsyncConnection, training_ids: Sequence[UUID]) -> Told:
    """Return what is known of these trainings, in the order in which it happened."""
    people: defaultdict[UUID, defaultdict[UUID, list[People]]] = defaultdict(lambda: defaultdict(list))
    session = session_evidence.c
    mine = session.training_id.in_(training_ids)
    for row in await connection.execute(
        select(attendance_evidence)
        .join(session_evidence, session.event_id == attendance_evidence.c.event_id)
        .where(mine)
        .order_by(attendance_evidence.c.sex, attendance_evidence.c.level)
    ):
        people[row.event_id][row.enterprise_id].append(People(Sex(row.sex), Level(row.level), row.people))
    sessions: defaultdict[UUID, list[tuple[AnyRow, dict[UUID, list[People]]]]] = defaultdict(list)
    for row in await connection.execute(
        select(session_evidence).where(mine).order_by(session.held_on, session.day, session.event_id)
    ):
        sessions[row.training_id].append((row, people[row.event_id]))
    visits: defaultdict[UUID, list[tuple[UUID, Visit]]] = defaultdict(list)
    for row in await connection.execute(
        select(visit)
        .where(visit.c.training_id.in_(training_ids))
        .order_by(visit.c.on_day, visit.c.number, visit.c.event_id)
    ):
        seen = Visit(row.event_id, row.enterprise_id, row.number, row.on_day, Outcome(row.outcome))
        visits[row.training_id].append((row.enrollment_id, seen))
    return Told(sessions, visits)


async def shown_items(
    connection: AsyncConnection, claim_id: UUID, item_set: int, currency: str, wanted: Sequence[Evidence]
) -> list[DocumentItem]:
    """Return the items of a claim, each with its evidence and with what it lacks of `wanted`."""
    rows = (await connection.exec_driver_sql(_ITEMS, (claim_id, item_set))).all()
    told = await told_of(connection, sorted({row.training_id for row in rows if row.training_id is not None}))
    return [_item(row, told.of(row), currency, wanted) for row in rows]


def _item(row: AnyRow, shown: Shown, currency: str, wanted: Sequence[Evidence]) -> DocumentItem:
    return DocumentItem(
        name=row.invoice_number or f"cost {row.cost_id}",
        share_id=row.share_id,
        invoice_id=row.invoice_id,
        invoice_number=row.invoice_number,
        enterprise_id=row.enterprise_id,
        enterprise_name=row.enterprise_name,
        cost_id=row.cost_id,
        cost_kind=row.cost_kind,
        cost_description=row.cost_description,
        training_id=row.training_id,
        module=row.module,
        on_day=row.on_day,
        amount=money(row.claimed_minor, currency),
        sessions=[
            SessionOut(
                event_id=each.event_id,
                day=each.day,
                held_on=each.held_on,
                people=[PeopleOut(sex=group.sex, level=group.level, people=group.people) for group in each.people],
            )
            for each in shown.sessions
        ],
        visits=[
            VisitOut(
                event_id=each.event_id,
                enterprise_id=each.enterprise_id,
                number=each.number,
                on_day=each.on_day,
                outcome=each.outcome,
            )
            for each in shown.visits
        ],
        has=sorted(shown.has),
        lacking=list(shown.lacking(wanted)),
    )


def _seen(actor: Actor, programme: str, claim_id: UUID, *columns: Any) -> Any:  # noqa: ANN401 - columns, a query
    query = (
        select(claim.c.id, claim.c.programme, *columns)
        .join(agreement, agreement.c.id == claim.c.agreement_id)
        .where(claim.c.id == claim_id, claim.c.programme == programme)
    )
    return seen_by(actor, query, claim.c.partner_id)


async def read_evidence(connection: AsyncConnection, actor: Actor, programme: str, claim_id: UUID) -> ClaimEvidenceOut:
    """Return what is known now of every item and what lacks of attendance and visits; raises NotFound."""
    wanted = (claim.c.item_set, agreement.c.currency, agreement.c.requires_evidence)
    row = await only(connection, _seen(actor, programme, claim_id, *wanted), "claim", claim_id)
    items = await shown_items(connection, claim_id, row.item_set, row.currency, list(Evidence))
    required = [Evidence(each) for each in row.requires_evidence]
    return ClaimEvidenceOut(
        id=row.id,
        programme=row.programme,
        required=required,
        is_complete=not any(item.lacking for item in items),
        may_be_submitted=not any(set(item.lacking) & set(required) for item in items),
        items=items,
    )


async def read_document(
    connection: AsyncConnection, actor: Actor, programme: str, claim_id: UUID, revision: int | None
) -> ClaimDocumentOut:
    """Return a claim as it was submitted, by default the newest time; raises NotFound, also for what never was."""
    columns = (claim_submission.c.revision, claim_submission.c.manifest, claim_submission.c.sha256)
    wanted = claim.c.revision if revision is None else revision
    query = (
        _seen(actor, programme, claim_id, *columns)
        .join(claim_submission, claim_submission.c.claim_id == claim.c.id)
        .where(claim_submission.c.revision == wanted)
    )
    row = await only(connection, query, "submitted claim", claim_id)
    return ClaimDocumentOut(
        id=row.id,
        programme=row.programme,
        sha256=row.sha256,
        manifest=row.manifest,
        document=ClaimDocument.model_validate_json(row.manifest),
    )
