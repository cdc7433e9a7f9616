"""What the certification service says: trainers, training of trainers, recommendations, the board's decisions."""

from datetime import date
from uuid import UUID

from shared.events.base import EventData
from shared.events.vocabulary import Code, Count, Name, Sex, Text, Value


class TrainerRegistered(EventData, type="certification.trainer-registered.v1", aggregate="trainer"):
    """A trainer candidate, or a recognised expert, entered the register."""

    trainer_id: UUID
    name: Name
    sex: Sex
    partner_id: UUID | None
    region: Code | None
    registered_on: date


class TrainingOfTrainersPassed(EventData, type="certification.training-of-trainers-passed.v1", aggregate="trainer"):
    """A candidate passed the training-of-trainers workshop of a module and may lead a supervised cycle."""

    trainer_id: UUID
    module: Code
    passed_on: date


class TrainerRecommended(EventData, type="certification.trainer-recommended.v1", aggregate="trainer"):
    """An expert trainer recommended a candidate after a completed training-of-enterprises cycle."""

    trainer_id: UUID
    module: Code
    expert_id: UUID
    recommended_on: date
    dossier_id: UUID


class TrainerCertified(EventData, type="certification.trainer-certified.v1", aggregate="trainer"):
    """A trainer may lead trainings of a module from `valid_from` to `valid_until`, both included.

    `is_expert`: may also supervise candidates, from `expert_from` on. `is_recognised`: certified elsewhere and
    recognised here without a board case, so not one of the programme's own certifications.
    """

    trainer_id: UUID
    module: Code
    certificate_number: str
    valid_from: date
    valid_until: date | None
    is_expert: bool
    is_recognised: bool
    case_id: UUID | None
    expert_from: date | None = None


class VoteTally(Value):
    """Votes of one board case."""

    votes_for: Count
    votes_against: Count
    abstentions: Count


class CertificationRefused(EventData, type="certification.certification-refused.v1", aggregate="trainer"):
    """The board refused, with its reason."""

    trainer_id: UUID
    module: Code
    case_id: UUID
    decided_on: date
    tally: VoteTally
    reason: Text


class CertificateIssued(EventData, type="certification.certificate-issued.v1", aggregate="trainer"):
    """A certificate with a number was issued for a board decision."""

    trainer_id: UUID
    module: Code
    certificate_number: str
    case_id: UUID
    issued_on: date


class CertificationSuspended(EventData, type="certification.certification-suspended.v1", aggregate="trainer"):
    """From `effective_on` the trainer may not be scheduled for the module."""

    trainer_id: UUID
    module: Code
    certificate_number: str
    effective_on: date
    ground: Text


class CertificationReinstated(EventData, type="certification.certification-reinstated.v1", aggregate="trainer"):
    """A suspension ended."""

    trainer_id: UUID
    module: Code
    certificate_number: str
    effective_on: date


class CertificationWithdrawn(EventData, type="certification.certification-withdrawn.v1", aggregate="trainer"):
    """The certification ended for good by decision."""

    trainer_id: UUID
    module: Code
    certificate_number: str
    effective_on: date
    ground: Text


class CertificationExpired(EventData, type="certification.certification-expired.v1", aggregate="trainer"):
    """The certification ran out."""

    trainer_id: UUID
    module: Code
    certificate_number: str
    expired_on: date


class CertificationRenewed(EventData, type="certification.certification-renewed.v1", aggregate="trainer"):
    """The certification was renewed under the same number."""

    trainer_id: UUID
    module: Code
    certificate_number: str
    valid_from: date
    valid_until: date | None
