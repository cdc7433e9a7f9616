"""Refusals around the board: seats, votes, decisions."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.certification.errors.common import RuleBroken
from shared.errors import Conflict, NotAllowed


class MandateMissing(RuleBroken):
    """Only a member with a mandate on the day may act."""

    code = "mandate-missing"

    def __init__(self, member: UUID, on: date) -> None:
        super().__init__(f"member {member} has no mandate on {on}", field="voted_on", rule="active-mandate")


class ReasonMissing(RuleBroken):
    """Refusing or deferring needs a reason."""

    code = "reason-missing"

    def __init__(self, outcome: str) -> None:
        super().__init__(
            f"the votes say {outcome}: this needs a reason", field="reason", rule="required-unless-certified"
        )


class DuplicateMember(Conflict):
    """The person already sits on the board."""

    code = "duplicate-member"

    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"a board member with {field} {value} is registered already", field=field, rule="unique")


class MandateInUse(Conflict):
    """A decision the member took part in needs the mandate."""

    code = "mandate-in-use"

    def __init__(self, member: UUID, decided_on: date) -> None:
        super().__init__(
            f"member {member} sat in the decision of {decided_on}; the mandate cannot end before it",
            field="mandate_to",
            rule="covers-decisions",
        )


class CaseClosed(Conflict):
    """The board has decided; nothing about the case changes any more."""

    code = "case-closed"

    def __init__(self, case: UUID, state: str) -> None:
        super().__init__(f"case {case} is closed: {state}", field="case_id", rule="open-case")
        self.allowed_actions = ()


class OtherDossier(Conflict):
    """A vote cites the dossier it was given on."""

    code = "other-dossier"

    def __init__(self, case: UUID, digest: str) -> None:
        super().__init__(
            f"case {case} is judged on dossier {digest}, not on the one cited",
            field="dossier_hash",
            rule="cites-dossier",
        )


class MemberRecused(Conflict):
    """A recused member does not vote."""

    code = "member-recused"

    def __init__(self, member: UUID, case: UUID, ground: str) -> None:
        super().__init__(
            f"member {member} is recused from case {case}: {ground}", field="member_id", rule="not-recused"
        )


class AlreadyRecused(Conflict):
    """One recusal is enough."""

    code = "already-recused"

    def __init__(self, member: UUID, case: UUID) -> None:
        super().__init__(f"member {member} is recused from case {case} already", field="member_id", rule="unique")


class VoteAfterMeeting(Conflict):
    """The decision cannot precede a vote it counts."""

    code = "vote-after-meeting"

    def __init__(self, decided_on: date, voted_on: date) -> None:
        super().__init__(
            f"decided_on {decided_on} lies before a vote of {voted_on}", field="decided_on", rule="not-before-votes"
        )


class QuorumMissing(Conflict):
    """Too few members voted, or a constituency was absent."""

    code = "quorum-missing"

    def __init__(self, case: UUID, present: int, eligible: int, percent: int, absent: Sequence[str]) -> None:
        parts = []
        if present * 100 <= eligible * percent:
            parts.append(f"{present} of {eligible} eligible members voted, more than {percent} % are needed")
        if absent:
            parts.append(f"nobody present of: {', '.join(absent)}")
        super().__init__(f"case {case} has no quorum: {'; '.join(parts)}", field="decided_on", rule="quorum")
        self.absent = tuple(absent)


class NotABoardMember(NotAllowed):
    """The token belongs to no member of this board."""

    code = "not-a-board-member"

    def __init__(self, subject: str) -> None:
        super().__init__(f"login {subject} is no member of this board", field="authorization", rule="board-member")


class NotTheSecretary(NotAllowed):
    """Only the board's secretary records what others did."""

    code = "not-the-secretary"

    def __init__(self) -> None:
        super().__init__("only the board secretary records for a member", field="recorded_for", rule="board-secretary")


class RecordedForMissing(RuleBroken):
    """The secretary says for whom."""

    code = "recorded-for-missing"

    def __init__(self) -> None:
        super().__init__(
            "the board secretary names the member whose signed vote is recorded", field="recorded_for", rule="required"
        )


class RecommenderDecides(NotAllowed):
    """Who recommends does not decide (domain/score.md section 2: four eyes)."""

    code = "recommender-decides"

    def __init__(self, case: UUID) -> None:
        super().__init__(
            f"case {case} was opened by you: somebody else records the decision",
            field="authorization",
            rule="recommender-never-decides",
        )
