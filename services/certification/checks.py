"""What `scorebook verify` re-derives here: certificates from decisions from votes, numbers, hashes, histories."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certification import tables
from services.certification.domain.standing import Step, replay
from shared.database.checks import sql_check
from shared.runtime import Check, Finding

_QUERIES: Final = Path(__file__).parent / "verification"

_DESCRIBED: Final = {
    "certificate-decision": "every certificate of the board has its certified decision, with the same trainer, module, "
    "dossier and dates, and every such decision has its certificate",
    "decision-votes": "quorum, majority and tally of every decision follow from the votes, recusals and mandates",
    "case-decision": "a case is closed exactly by its final decision, and judged by a scheme that was in force",
    "number-series": "certificate numbers run 1..n in every series and year, as the counter says",
    "recommender-apart": "nobody voted on, or recorded the decision of, a case they recommended or stand in",
    "dossier-hash": "every dossier still has its hash, and case, votes, decision and certificate cite it",
    "dossier-evidence": "every cycle a dossier cites was complete on the day of the recommendation",
    "standing-certificate": "who is certified or suspended holds a certificate, and only they do",
    "fact-events": "every fact was told to the other services exactly as often as it happened",
}


async def _replay_histories(connection: AsyncConnection) -> Sequence[Finding]:
    histories: defaultdict[UUID, list[Step]] = defaultdict(list)
    step, standing = tables.standing_step.c, tables.standing.c
    findings = []
    for row in await connection.execute(select(tables.standing_step).order_by(step.standing_id, step.position)):
        history = histories[row.standing_id]
        history.append(Step(row.step))
        if row.position != len(history) or replay(history) != row.reached:
            findings.append(
                Finding(f"standing/{row.standing_id}", f"step {row.position} ({row.step}) cannot lead to {row.reached}")
            )
    for row in await connection.execute(select(standing.id, standing.state, standing.position)):
        history = histories[row.id]
        if replay(history) != row.state or len(history) != row.position:
            findings.append(
                Finding(
                    f"standing/{row.id}",
                    f"is {row.state} after {row.position} steps, its {len(history)} steps lead to {replay(history)}",
                )
            )
    return findings


CHECKS: Final[tuple[Check, ...]] = (
    *(
        sql_check(name, describes, (_QUERIES / f"{name}.sql").read_text("utf-8"))
        for name, describes in _DESCRIBED.items()
    ),
    Check("standing-history", "every standing is where its steps lead", _replay_histories),
)
