"""May this expert recommend this candidate, and on what evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.certification.domain.certificate import Certificate, is_expert
from services.certification.domain.cycle import Cycle, evidence
from services.certification.domain.dates import require_order
from services.certification.domain.scheme import Scheme
from services.certification.errors.path import EvidenceMissing, NotAnExpert, NotTheSupervisor, OwnRecommendation


@dataclass(frozen=True, slots=True)
class Candidacy:
    """What is known of a candidate in a module: ToT passed, cycles, and the last refusal if there was one."""

    trainer_id: UUID
    module: str
    passed_on: date
    cycles: Sequence[Cycle]
    refused_on: date | None


def recommend(
    candidacy: Candidacy, expert_id: UUID, expert_certificates: Sequence[Certificate], scheme: Scheme, on: date
) -> tuple[Cycle, ...]:
    """Return the evidence on which `expert_id` recommends on `on`.

    The expert is active for the module that day and supervised one of the completed cycles; after a refusal only
    cycles begun since count. Raises OwnRecommendation, DateOrder, NotAnExpert, EvidenceMissing, NotTheSupervisor.
    """
    trainer, module = candidacy.trainer_id, candidacy.module
    if expert_id == trainer:
        raise OwnRecommendation(trainer)
    require_order("recommended_on", on, "the training of trainers passed on", candidacy.passed_on)
    if not is_expert(expert_certificates, expert_id, module, on):
        raise NotAnExpert("expert_id", expert_id, module, on)
    minimum = scheme.minimum_completed_enterprises
    found = evidence(
        candidacy.cycles, passed_on=candidacy.passed_on, refused_on=candidacy.refused_on, by=on, minimum=minimum
    )
    if not found:
        raise EvidenceMissing(trainer, module, on, minimum, candidacy.refused_on)
    if all(cycle.expert_id != expert_id for cycle in found):
        raise NotTheSupervisor(expert_id, trainer, module)
    return found
