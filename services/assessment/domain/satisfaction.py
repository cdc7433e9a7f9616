"""Satisfaction: who was in the classroom may answer, who answered may be satisfied."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.assessment.domain.days import not_before
from services.assessment.errors import RespondentsBeyondParticipants, SatisfiedBeyondRespondents
from shared.errors import FactMissing


@dataclass(frozen=True, slots=True)
class Classroom:
    """What is known of a training's sessions on the day of a survey.

    `participants`: different people seen up to that day. `days_held` and `last_held_on`: of all sessions known.
    """

    training_id: UUID
    starts_on: date
    planned_days: int
    days_held: int
    last_held_on: date | None
    participants: int

    def may_be_incomplete(self, on: date) -> bool:
        """Tell whether a session up to `on` may have been held that we have not heard of yet."""
        return self.days_held < self.planned_days and self.last_held_on is not None and self.last_held_on < on


def decide_survey(classroom: Classroom, recorded_on: date, respondents: int, satisfied: int) -> None:
    """Allow the survey of a training.

    Raises SatisfiedBeyondRespondents, DateBefore, RespondentsBeyondParticipants; and FactMissing while no session, or
    not every session that could explain the respondents, has arrived.
    """
    if satisfied > respondents:
        raise SatisfiedBeyondRespondents(satisfied, respondents)
    not_before("recorded_on", recorded_on, classroom.starts_on, "the first day of the training")
    if classroom.last_held_on is None:
        raise FactMissing("session of training", classroom.training_id, field="training_id")
    if respondents > classroom.participants:
        if classroom.may_be_incomplete(recorded_on):
            raise FactMissing("a further session of training", classroom.training_id, field="respondents")
        raise RespondentsBeyondParticipants(respondents, classroom.participants, recorded_on)
