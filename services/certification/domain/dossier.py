"""The dossier: what the board judges, frozen when the recommendation opens the case."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from services.certification.domain.cycle import Cycle

FORMAT: Final = "scorebook-dossier-1"


@dataclass(frozen=True, slots=True)
class TotEvidence:
    """The training of trainers that was passed; a score of 0 to 100 where one was given."""

    result_id: UUID
    taken_on: date
    score: int | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything the manifest names."""

    programme: str
    trainer_id: UUID
    module: str
    version: int
    scheme_version: int
    expert_id: UUID
    recommended_on: date
    statement: str | None
    tot: TotEvidence
    cycles: Sequence[Cycle]
    minimum_completed: int


Json = str | int | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def manifest(dossier: Dossier) -> str:
    """Return the dossier as canonical JSON: sorted keys, no spaces, UTF-8 as it is.

    Every cycle names the ids of the events it was learnt from, so each line can be traced to its source.
    """
    document: Json = {
        "format": FORMAT,
        "programme": dossier.programme,
        "trainer_id": str(dossier.trainer_id),
        "module": dossier.module,
        "version": dossier.version,
        "scheme_version": dossier.scheme_version,
        "recommendation": {
            "expert_id": str(dossier.expert_id),
            "recommended_on": dossier.recommended_on.isoformat(),
            "statement": dossier.statement,
        },
        "training_of_trainers": {
            "result_id": str(dossier.tot.result_id),
            "taken_on": dossier.tot.taken_on.isoformat(),
            "score": dossier.tot.score,
        },
        "cycles": [_cycle(cycle, dossier.minimum_completed) for cycle in dossier.cycles],
    }
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def _cycle(cycle: Cycle, minimum: int) -> Json:
    completed = cycle.completed_on(minimum)
    return {
        "training_id": str(cycle.training_id),
        "expert_id": None if cycle.expert_id is None else str(cycle.expert_id),
        "starts_on": cycle.starts_on.isoformat(),
        "ends_on": cycle.ends_on.isoformat(),
        "completed_on": None if completed is None else completed.isoformat(),
        "event_ids": [str(one) for one in cycle.event_ids],
        "enrollments": [
            {
                "enrollment_id": str(one.enrollment_id),
                "enterprise_id": str(one.enterprise_id),
                "outcome": None if one.outcome is None else one.outcome.value,
                "closed_on": None if one.closed_on is None else one.closed_on.isoformat(),
                "event_ids": [str(event) for event in one.event_ids],
            }
            for one in sorted(cycle.enrollments, key=lambda one: one.enrollment_id)
        ],
    }
