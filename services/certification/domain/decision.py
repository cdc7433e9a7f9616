"""The board's decision: computed from the roll, never chosen."""

from datetime import date
from uuid import UUID

from services.certification.domain.dates import require_order
from services.certification.domain.voting import Outcome, Roll
from services.certification.errors.board import QuorumMissing, ReasonMissing, RecommenderDecides, VoteAfterMeeting


def decide(
    roll: Roll,
    *,
    case_id: UUID,
    recommended_on: date,
    decided_on: date,
    reason: str | None,
    decided_by: str,
    recommender_subjects: frozenset[str],
) -> Outcome:
    """Return what the votes say.

    Raises RecommenderDecides, DateOrder, VoteAfterMeeting, QuorumMissing (naming who is missing), and ReasonMissing
    where the votes refuse or defer.
    """
    if decided_by in recommender_subjects:
        raise RecommenderDecides(case_id)
    require_order("decided_on", decided_on, "recommended_on", recommended_on)
    last_vote = max((ballot.voted_on for ballot in roll.counted), default=decided_on)
    if last_vote > decided_on:
        raise VoteAfterMeeting(decided_on, last_vote)
    if not roll.is_quorate:
        raise QuorumMissing(case_id, len(roll.counted), roll.eligible, roll.more_than_percent, roll.absent)
    outcome = roll.outcome
    if outcome is not Outcome.CERTIFIED and reason is None:
        raise ReasonMissing(outcome)
    return outcome
