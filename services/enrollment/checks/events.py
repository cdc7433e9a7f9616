"""One event per stored fact: what the tables say against what was said to others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from shared.database.checks import sql_check
from shared.events.base import EventData
from shared.events.enrollment import (
    EnrollmentCompleted,
    EnrollmentWithdrawn,
    EnterpriseEnrolled,
    EnterpriseRegistered,
    PartnerRegistered,
    ProgrammeDefined,
    SessionHeld,
    TrainingScheduled,
    VisitAborted,
    VisitCompleted,
)
from shared.runtime import Check


@dataclass(frozen=True, slots=True)
class Fact:
    """Rows of a table that were each told as one event.

    `told`: SQL expressions over alias f, by the name the event's data gives them; together they tell one fact of an
    aggregate from another and repeat what matters in it.
    """

    contract: type[EventData]
    source: str
    aggregate: str
    told: tuple[tuple[str, str], ...]


_FACTS: Final[Sequence[Fact]] = (
    Fact(
        ProgrammeDefined,
        "policy_version f JOIN programme p USING (programme)",
        "p.id",
        (("policy_version", "f.version"), ("valid_from", "f.valid_from"), ("currency", "p.currency")),
    ),
    Fact(PartnerRegistered, "partner f", "f.id", (("kind", "f.kind"), ("region", "f.region"))),
    Fact(
        EnterpriseRegistered,
        "enterprise f",
        "f.id",
        (("tax_id", "f.tax_id"), ("women", "f.women"), ("men", "f.men"), ("size_class", "f.size_class")),
    ),
    Fact(
        TrainingScheduled,
        "training f",
        "f.id",
        (("module", "f.module"), ("starts_on", "f.starts_on"), ("lead_trainer_id", "f.lead_trainer_id")),
    ),
    Fact(
        SessionHeld,
        "session f",
        "f.training_id",
        (
            ("day", "f.day"),
            ("held_on", "f.held_on"),
            ("attendances", "(SELECT count(*) FROM attendance a WHERE a.session_id = f.id)"),
        ),
    ),
    Fact(
        EnterpriseEnrolled,
        "enrollment f",
        "f.id",
        (("enterprise_id", "f.enterprise_id"), ("size_class", "f.size_class"), ("headcount", "f.headcount")),
    ),
    Fact(
        EnrollmentCompleted,
        "(SELECT * FROM enrollment WHERE status = 'completed') f",
        "f.id",
        (("completed_on", "f.completed_on"),),
    ),
    Fact(
        EnrollmentWithdrawn,
        "(SELECT * FROM enrollment WHERE status = 'withdrawn') f",
        "f.id",
        (("withdrawn_on", "f.withdrawn_on"),),
    ),
    Fact(
        VisitCompleted,
        "(SELECT * FROM visit WHERE outcome = 'done') f",
        "f.enrollment_id",
        (("number", "f.number"), ("visited_on", "f.visited_on"), ("trainer_id", "f.trainer_id")),
    ),
    Fact(
        VisitAborted,
        "(SELECT * FROM visit WHERE outcome = 'aborted') f",
        "f.enrollment_id",
        (("number", "f.number"), ("attempted_on", "f.visited_on"), ("trainer_id", "f.trainer_id")),
    ),
)


def _query(fact: Fact) -> str:
    stored = ", ".join(f"({expression})::text" for _, expression in fact.told)
    said = ", ".join(
        f"jsonb_array_length(e.data -> '{name}')::text" if name == "attendances" else f"e.data ->> '{name}'"
        for name, _ in fact.told
    )
    words = ", ".join(name for name, _ in fact.told)
    # As multisets: an event too many is found like one that is missing.
    return f"""
    SELECT '{fact.contract.aggregate}/' || aggregate_id,
           format('{fact.contract.type} with ({words}) = %s: %s stored, %s said', told::text, sum(stored), sum(said))
    FROM (SELECT {fact.aggregate} AS aggregate_id, ARRAY[{stored}] AS told, 1 AS stored, 0 AS said
          FROM {fact.source}
          UNION ALL
          SELECT e.aggregate_id, ARRAY[{said}], 0, 1
          FROM (SELECT aggregate_id, convert_from(payload, 'UTF8')::jsonb AS data FROM outbox
                WHERE event_type = '{fact.contract.type}') e) facts
    GROUP BY aggregate_id, told HAVING sum(stored) <> sum(said)
    """  # noqa: S608 - every part is written above


EVENT_CHECKS: Final[tuple[Check, ...]] = tuple(
    sql_check(
        f"enrollment-said-{fact.contract.type.split('.')[1]}",
        f"every stored fact was said once as {fact.contract.type}, and nothing else was",
        _query(fact),
    )
    for fact in _FACTS
)
