"""Taking a place, finishing, leaving."""

from datetime import date, timedelta

import pytest

from services.enrollment.domain.enrollment import (
    EnrollmentStatus,
    require_completable,
    require_place,
    require_withdrawable,
)
from services.enrollment.domain.training import Training
from services.enrollment.errors.dates import DateInFuture, TooEarly, TooLate
from services.enrollment.errors.enrollment import (
    AlreadyInTraining,
    ClassroomNotFinished,
    FirstModuleMissing,
    ModuleAlreadyTaken,
    NeverPresent,
    OtherPartnersEnterprise,
    TrainingFull,
    VisitsOutstanding,
)
from shared.errors import RefusedTransition, ScorebookError
from tests.unit.enrollment.builders import (
    ENROLLMENT,
    OTHER_PARTNER,
    TODAY,
    broken,
    enrollment,
    progress,
    standing,
    training,
)

ENROLLED = date(2014, 4, 7)
OSH = training(module="OSH", is_first=False)


def take(wanted: Training | None = None, *, enrolled_on: date = ENROLLED, taken: int = 0, **different: object) -> None:
    """Ask for a place."""
    require_place(wanted or training(), standing(**different), enrolled_on=enrolled_on, today=TODAY, taken=taken)


def refused(error: type[ScorebookError], **asked: object) -> list[tuple[str, str]]:
    """Return fields and rules that asking for a place breaks."""
    with pytest.raises(error) as raised:
        take(**asked)  # type: ignore[arg-type]
    return broken(raised)


def test_a_place_is_taken_up_to_the_first_day() -> None:
    take(enrolled_on=training().starts_on)
    take(enrolled_on=date(2014, 3, 14))


def test_nobody_enrolls_after_the_first_day() -> None:
    assert refused(TooLate, enrolled_on=date(2014, 4, 24)) == [("enrolled_on", "too-late")]


def test_nobody_enrolls_before_registration() -> None:
    assert refused(TooEarly, enrolled_on=date(2014, 3, 13)) == [("enrolled_on", "too-early")]


def test_nobody_enrolls_in_the_future() -> None:
    later = training(starts_on=TODAY + timedelta(days=30), ends_on=TODAY + timedelta(days=31))
    take(later, enrolled_on=TODAY)
    assert refused(DateInFuture, wanted=later, enrolled_on=TODAY + timedelta(days=1)) == [
        ("enrolled_on", "date-in-future")
    ]


def test_an_enterprise_is_enrolled_by_its_own_partner() -> None:
    assert refused(OtherPartnersEnterprise, partner_id=OTHER_PARTNER) == [
        ("enterprise_id", "other-partners-enterprise")
    ]


def test_an_enterprise_is_once_in_a_training() -> None:
    assert refused(AlreadyInTraining, in_training=ENROLLMENT) == [("enterprise_id", "already-in-training")]


def test_an_enterprise_takes_a_module_once_unless_it_withdrew() -> None:
    assert refused(ModuleAlreadyTaken, in_module=ENROLLMENT) == [("enterprise_id", "module-already-taken")]


def test_no_other_module_before_the_first_is_completed() -> None:
    assert refused(FirstModuleMissing, wanted=OSH) == [("enterprise_id", "first-module-missing")]


def test_the_first_module_is_completed_by_the_first_day_of_the_next() -> None:
    take(OSH, first_completed_on=OSH.starts_on)
    late = OSH.starts_on + timedelta(days=1)
    assert refused(FirstModuleMissing, wanted=OSH, first_completed_on=late) == [
        ("enterprise_id", "first-module-missing")
    ]


def test_the_last_place_can_be_taken_and_none_beyond() -> None:
    take(taken=1)
    assert refused(TrainingFull, taken=2) == [("training_id", "training-full")]


def complete(completed_on: date = date(2014, 7, 7), **different: object) -> None:
    """Complete an enrollment."""
    require_completable(enrollment(), training(), progress(**different), completed_on=completed_on, today=TODAY)


def test_an_enrollment_is_completed_from_the_last_visit_on() -> None:
    complete(date(2014, 6, 24))
    with pytest.raises(TooEarly) as error:
        complete(date(2014, 6, 23))
    assert broken(error) == [("completed_on", "too-early")]


def test_nothing_is_completed_in_the_future() -> None:
    with pytest.raises(DateInFuture) as error:
        complete(TODAY + timedelta(days=1))
    assert broken(error) == [("completed_on", "date-in-future")]


def test_completion_needs_all_classroom_days() -> None:
    with pytest.raises(ClassroomNotFinished) as error:
        complete(held={1: date(2014, 4, 23)})
    assert broken(error) == [("enrollment_id", "classroom-not-finished")]
    assert error.value.allowed_actions == ("record-session", "withdraw")


def test_completion_needs_somebody_present_on_some_day() -> None:
    complete(attended={2: date(2014, 4, 24)})
    with pytest.raises(NeverPresent) as error:
        complete(attended={})
    assert broken(error) == [("enrollment_id", "never-present")]


def test_completion_needs_all_planned_visits() -> None:
    with pytest.raises(VisitsOutstanding) as error:
        complete(visits_done={1: date(2014, 5, 12), 2: date(2014, 6, 4)})
    assert broken(error) == [("enrollment_id", "visits-outstanding")]
    assert error.value.allowed_actions == ("record-visit", "abort-visit", "withdraw")


@pytest.mark.parametrize("status", [EnrollmentStatus.COMPLETED, EnrollmentStatus.WITHDRAWN])
def test_completed_and_withdrawn_are_final(status: EnrollmentStatus) -> None:
    ended = enrollment(status)
    with pytest.raises(RefusedTransition) as error:
        require_completable(ended, training(), progress(), completed_on=TODAY, today=TODAY)
    assert error.value.allowed_actions == ()
    with pytest.raises(RefusedTransition) as error:
        require_withdrawable(ended, progress(), withdrawn_on=TODAY, today=TODAY)
    assert error.value.allowed_actions == ()


def withdraw(withdrawn_on: date, **different: object) -> None:
    """Withdraw an enrollment."""
    require_withdrawable(enrollment(), progress(**different), withdrawn_on=withdrawn_on, today=TODAY)


def test_an_enterprise_may_leave_from_the_day_of_its_enrollment_on() -> None:
    nothing: dict[str, object] = {"held": {}, "attended": {}, "visits_done": {}}
    withdraw(ENROLLED, **nothing)
    with pytest.raises(TooEarly) as error:
        withdraw(ENROLLED - timedelta(days=1), **nothing)
    assert broken(error) == [("withdrawn_on", "too-early")]


@pytest.mark.parametrize(
    ("last_seen", "different"),
    [
        (date(2014, 4, 24), {"visits_done": {}}),
        (date(2014, 6, 24), {}),
        (date(2014, 6, 30), {"last_attempt_on": date(2014, 6, 30)}),
    ],
)
def test_an_enterprise_does_not_leave_before_it_was_last_seen(last_seen: date, different: dict[str, object]) -> None:
    withdraw(last_seen, **different)
    with pytest.raises(TooEarly):
        withdraw(last_seen - timedelta(days=1), **different)


def test_nobody_leaves_in_the_future() -> None:
    with pytest.raises(DateInFuture):
        withdraw(TODAY + timedelta(days=1))
