"""Reading the journal: entries with their postings."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from services.billing.queries.scope import AnyRow, money, seen_by
from services.billing.schemas.books import EntryOut, PostingOut
from services.billing.tables import account, entry, posting
from shared.auth.actor import Actor

_DIMENSIONS = (
    "phase",
    "training_id",
    "module",
    "region",
    "delivery",
    "payer_class",
    "agreement_id",
    "cost_kind",
    "is_in_kind",
)


def lines_of_entry() -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the expression of an entry's postings as JSON, in order."""
    named: list[Any] = [
        *("line", posting.c.line, "account_code", account.c.code, "account_id", account.c.uid),
        *("enterprise_id", account.c.enterprise_id, "minor", posting.c.amount_minor, "currency", posting.c.currency),
    ]
    for name in _DIMENSIONS:
        named += [name, posting.c[name]]
    return (
        select(func.jsonb_agg(aggregate_order_by(func.jsonb_build_object(*named), posting.c.line), type_=JSONB))
        .select_from(posting)
        .join(account, account.c.id == posting.c.account_id)
        .where(posting.c.entry_id == entry.c.id)
        .correlate(entry)
        .scalar_subquery()
    )


def journal(actor: Actor, programme: str) -> Select[Any]:
    """Return the entries that a caller may see, with their postings."""
    original = entry.alias("original")
    query = (
        select(entry, original.c.uid.label("reverses"), lines_of_entry().label("postings"))
        .outerjoin(original, original.c.id == entry.c.reverses_entry_id)
        .where(entry.c.programme == programme)
    )
    return seen_by(actor, query, entry.c.book_id)


def present_posting(line: dict[str, Any]) -> PostingOut:
    """Show one posting from its JSON row."""
    return PostingOut(
        line=line["line"],
        account_code=line["account_code"],
        account_id=line["account_id"],
        enterprise_id=line["enterprise_id"],
        amount=money(line["minor"], line["currency"]),
        **{name: line[name] for name in _DIMENSIONS},
    )


def present_entry(row: AnyRow) -> EntryOut:
    """Show one entry."""
    return EntryOut(
        id=row.uid,
        programme=row.programme,
        partner_id=row.book_id,
        kind=row.kind,
        effective_on=row.effective_on,
        fact_on=row.fact_on,
        recorded_at=row.recorded_at,
        source_type=row.source_type,
        source_id=row.source_id,
        reverses=row.reverses,
        actor=row.actor,
        reason=row.reason,
        postings=[present_posting(line) for line in row.postings],
    )


IDENTITY = entry.c.uid


def of_account(query: Select[Any], account_id: UUID) -> Select[Any]:
    """Keep the entries that touch one account."""
    touched = (
        select(posting.c.entry_id)
        .join(account, account.c.id == posting.c.account_id)
        .where(account.c.uid == account_id)
    )
    return query.where(entry.c.id.in_(touched))
