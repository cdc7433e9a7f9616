"""Refusals of the assessment service: each names the rule it stands for."""

from datetime import date
from uuid import UUID

from shared.errors import Conflict, ScorebookError


class DateInFuture(ScorebookError):
    """A fact cannot be recorded before it happened."""

    code = "date-in-future"
    title = "The date lies in the future"

    def __init__(self, field: str, day: date, today: date) -> None:
        super().__init__(f"{field} {day} is after today, {today} (UTC)", field=field, rule="not-in-the-future")


class DateBefore(ScorebookError):
    """Something is dated before what it follows."""

    code = "date-order"
    title = "The dates are in the wrong order"

    def __init__(self, field: str, day: date, earliest: date, what: str) -> None:
        super().__init__(f"{field} {day} is before {what}, {earliest}", field=field, rule="date-order")


class ReadingRefused(ScorebookError):
    """A KPI reading that breaks a rule; the field is its place in the request."""

    code = "reading-refused"
    title = "A KPI reading breaks a rule"

    def __init__(self, position: int, part: str, rule: str, sentence: str) -> None:
        super().__init__(sentence, field=f"readings.{position}.{part}", rule=rule)


class BaselineExists(Conflict):
    """One baseline per enterprise."""

    code = "baseline-exists"
    title = "The enterprise has its baseline"

    def __init__(self, enterprise_id: UUID, assessment_id: UUID) -> None:
        super().__init__(
            f"enterprise {enterprise_id} has the baseline {assessment_id} already",
            field="enterprise_id",
            rule="one-baseline-per-enterprise",
        )


class BaselineMissing(Conflict):
    """Nothing can be compared without a baseline."""

    code = "baseline-missing"
    title = "The enterprise has no baseline"

    def __init__(self, enterprise_id: UUID) -> None:
        super().__init__(
            f"enterprise {enterprise_id} has no completed baseline", field="enrollment_id", rule="baseline-first"
        )


class EndlineExists(Conflict):
    """One endline per enrollment."""

    code = "endline-exists"
    title = "The enrollment has its endline"

    def __init__(self, enrollment_id: UUID, assessment_id: UUID) -> None:
        super().__init__(
            f"enrollment {enrollment_id} has the endline {assessment_id} already",
            field="enrollment_id",
            rule="one-endline-per-enrollment",
        )


class EnrollmentLeft(Conflict):
    """The enterprise withdrew; what it does afterwards is not the training's."""

    code = "enrollment-withdrawn"
    title = "The enterprise withdrew from the training"

    def __init__(self, enrollment_id: UUID, withdrawn_on: date, field: str) -> None:
        super().__init__(
            f"enrollment {enrollment_id} was withdrawn on {withdrawn_on}", field=field, rule="enrollment-not-withdrawn"
        )


class SurveyExists(Conflict):
    """One survey per training and day."""

    code = "survey-exists"
    title = "The survey is recorded already"

    def __init__(self, training_id: UUID, recorded_on: date) -> None:
        super().__init__(
            f"the survey of training {training_id} of {recorded_on} is recorded already",
            field="recorded_on",
            rule="one-survey-per-day",
        )


class SatisfiedBeyondRespondents(ScorebookError):
    """Only who answered can be satisfied."""

    code = "satisfied-beyond-respondents"
    title = "More satisfied than answered"

    def __init__(self, satisfied: int, respondents: int) -> None:
        super().__init__(
            f"{satisfied} satisfied of {respondents} respondents", field="satisfied", rule="at-most-respondents"
        )


class RespondentsBeyondParticipants(ScorebookError):
    """Only who sat in the classroom can answer."""

    code = "respondents-beyond-participants"
    title = "More answered than took part"

    def __init__(self, respondents: int, participants: int, recorded_on: date) -> None:
        super().__init__(
            f"{respondents} respondents, but {participants} different people were in the classroom up to {recorded_on}",
            field="respondents",
            rule="at-most-participants",
        )


class KpiVersionOrder(Conflict):
    """Versions of a definition follow each other in time."""

    code = "kpi-version-order"
    title = "A later version of the KPI is in force"

    def __init__(self, code: str, valid_from: date, latest: date) -> None:
        super().__init__(
            f"KPI {code} has a version valid from {latest}; the next one starts later than that, not on {valid_from}",
            field="valid_from",
            rule="after-the-last-version",
        )


class KpiVersionRewrites(Conflict):
    """A definition never changes under readings that were taken by it."""

    code = "kpi-version-rewrites"
    title = "Readings were taken under the present definition"

    def __init__(self, code: str, valid_from: date, last_reading: date) -> None:
        super().__init__(
            f"KPI {code} was read on {last_reading} under the present definition; the next version starts after that, "
            f"not on {valid_from}",
            field="valid_from",
            rule="after-the-last-reading",
        )
