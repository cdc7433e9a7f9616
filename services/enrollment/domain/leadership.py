"""Who leads a training: a certified trainer, or a candidate under an expert."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.enrollment.domain.certification import TrainerFacts
from services.enrollment.errors.training import (
    CandidateWithoutTot,
    ExpertMissing,
    ExpertNotCertified,
    OnlyForCandidates,
    SamePersonTwice,
    TrainerNotCertified,
)
from shared.errors import FactMissing
from shared.events.vocabulary import LeadRole


@dataclass(frozen=True, slots=True)
class Leadership:
    """The people of a training. Expert and co-candidates are there only when a candidate leads."""

    lead_role: LeadRole
    lead_trainer_id: UUID
    supervising_expert_id: UUID | None
    co_candidate_ids: tuple[UUID, ...]

    @property
    def people(self) -> dict[str, UUID]:
        """Everybody by the field that names them."""
        named = {"lead_trainer_id": self.lead_trainer_id}
        if self.supervising_expert_id is not None:
            named["supervising_expert_id"] = self.supervising_expert_id
        named |= {f"co_candidate_ids.{index}": person for index, person in enumerate(self.co_candidate_ids)}
        return named

    @property
    def team(self) -> frozenset[UUID]:
        """Everybody: those whose own training it is."""
        return frozenset(self.people.values())


def require_sound(leadership: Leadership) -> None:
    """Raise OnlyForCandidates, ExpertMissing or SamePersonTwice when the parts do not fit together."""
    if leadership.lead_role is LeadRole.CERTIFIED:
        if leadership.supervising_expert_id is not None:
            raise OnlyForCandidates("supervising_expert_id")
        if leadership.co_candidate_ids:
            raise OnlyForCandidates("co_candidate_ids")
    elif leadership.supervising_expert_id is None:
        raise ExpertMissing
    seen: set[UUID] = set()
    for field, person in leadership.people.items():
        if person in seen:
            raise SamePersonTwice(person, field)
        seen.add(person)


def require_qualified(
    leadership: Leadership, *, module: str, starts_on: date, facts: Mapping[UUID, TrainerFacts]
) -> None:
    """Raise unless everybody may do their part of `module` on `starts_on`; `facts` holds the trainers known here.

    Raises FactMissing for an unknown trainer, TrainerNotCertified, CandidateWithoutTot or ExpertNotCertified.
    Source of the rule: architecture section 8, third item; the candidate's cycle is score.md section 2.
    """
    for field, person in leadership.people.items():
        if person not in facts:
            raise FactMissing("trainer", person, field=field)
    lead = facts[leadership.lead_trainer_id]
    if leadership.lead_role is LeadRole.CERTIFIED:
        if not lead.may_lead(starts_on):
            raise TrainerNotCertified(lead.trainer_id, module, starts_on, "lead_trainer_id")
        return
    for field, person in leadership.people.items():
        if person == leadership.supervising_expert_id:
            if not facts[person].may_supervise(starts_on):
                raise ExpertNotCertified(person, module, starts_on)
        elif not facts[person].passed_tot_by(starts_on):
            raise CandidateWithoutTot(person, module, starts_on, field)
