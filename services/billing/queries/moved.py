"""What moved since a measurement: the documents that make the difference, component by component."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Text, and_, bindparam, case, cast, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import UserDefinedType

from services.billing.domain.recovery import Component, measure
from services.billing.errors import NoSnapshot
from services.billing.queries.asked import LEDGER_COLUMNS, Asked, within
from services.billing.queries.contributions import document_number
from services.billing.queries.measurements import asked_again, kept_sums
from services.billing.queries.recovery import ledger_sums, present_ratios
from services.billing.queries.scope import AnyRow
from services.billing.schemas.measurements import MovedComponent, MovedDocument, MovedSince
from services.billing.tables import entry, measurement, recovery_posting
from shared.errors import NotFound
from shared.events.vocabulary import Basis
from shared.money import Money

TOP_DOCUMENTS: Final = 20


class _Snapshot(UserDefinedType[str]):
    """PostgreSQL's pg_snapshot."""

    cache_ok = True

    def get_col_spec(self, **_kw: Any) -> str:  # noqa: ANN401 - SQLAlchemy's protocol
        return "pg_snapshot"


def _seen(asked: Asked, kept: AnyRow | None) -> ColumnElement[bool]:
    """Return the condition that a measurement counted a posting; without one it is the ledger as it stands.

    The snapshot is exact; the entry's id says the same of what came after a restore, which numbers transactions anew.
    """
    inside = within(asked, LEDGER_COLUMNS)
    if kept is None:
        return inside
    held = cast(bindparam(None, kept.snapshot, type_=Text, unique=True), _Snapshot())
    return and_(
        inside,
        entry.c.id <= kept.last_entry_id,
        func.pg_visible_in_snapshot(literal_column("ledger.entry.tx"), held),
    )


async def _kept(connection: AsyncConnection, programme: str, measurement_id: UUID, basis: Basis) -> AnyRow:
    query = select(measurement).where(
        measurement.c.programme == programme,
        measurement.c.measurement_id == measurement_id,
        measurement.c.basis == basis.value,
    )
    row: AnyRow | None = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound("measurement", measurement_id, field="measurement_id")
    if row.snapshot is None:
        raise NoSnapshot(measurement_id)
    return row


async def moved_since(
    connection: AsyncConnection, programme: str, measurement_id: UUID, later: UUID | None, basis: Basis
) -> MovedSince:
    """Compare a kept measurement with a later one, or with the ledger as it stands in the same window and scope.

    A document has its effect by entries that were recorded meanwhile, or that lie in the days or the scope of one of
    the two only. Raises NotFound or NoSnapshot.
    """
    before = await _kept(connection, programme, measurement_id, basis)
    asked = asked_again(before)
    if later is None:
        after, other, sums = None, asked, await ledger_sums(connection, asked)
    else:
        after = await _kept(connection, programme, later, basis)
        other, sums = asked_again(after), kept_sums(after)
    documents = await _documents(connection, programme, basis, _seen(asked, before), _seen(other, after))
    then = kept_sums(before)
    currency = before.currency
    return MovedSince(
        programme=programme,
        basis=basis,
        measurement_id=measurement_id,
        later=later,
        components=[
            _component(component, (then.get(component, 0), sums.get(component, 0)), documents, currency)
            for component in Component
        ],
        ratios_before=present_ratios(measure(then, currency, overhead_in_scope=asked.overhead_in_scope)),
        ratios_after=present_ratios(measure(sums, currency, overhead_in_scope=other.overhead_in_scope)),
    )


def _component(component: Component, values: tuple[int, int], documents: list[AnyRow], currency: str) -> MovedComponent:
    before, after = values
    mine = [row for row in documents if row.component == component.value]
    listed = mine[:TOP_DOCUMENTS]
    return MovedComponent(
        component=component,
        before=Money(before, currency),
        after=Money(after, currency),
        difference=Money(after - before, currency),
        documents=[
            MovedDocument(
                source_type=row.source_type,
                source_id=row.source_id,
                document_number=row.document_number,
                effect=Money(int(row.effect), currency),
            )
            for row in listed
        ],
        others=Money(sum(int(row.effect) for row in mine[TOP_DOCUMENTS:]), currency),
    )


async def _documents(
    connection: AsyncConnection,
    programme: str,
    basis: Basis,
    before: ColumnElement[bool],
    after: ColumnElement[bool],
) -> list[AnyRow]:
    view = recovery_posting.c
    effect = func.sum(case((after, view.amount_minor), else_=0) - case((before, view.amount_minor), else_=0))
    query = (
        select(
            view.component,
            view.source_type,
            view.source_id,
            document_number(view.source_id),
            effect.label("effect"),
        )
        .select_from(recovery_posting)
        .join(entry, entry.c.uid == view.entry_uid)
        .where(view.programme == programme, view.basis == basis.value)
        .group_by(view.component, view.source_type, view.source_id)
        .having(effect != 0)
        .order_by(func.abs(effect).desc(), view.source_id)
    )
    return list((await connection.execute(query)).all())
