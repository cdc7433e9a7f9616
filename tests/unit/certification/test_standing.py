"""The state machine of a trainer in a module: every transition allowed, every other one refused."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.certification.domain.standing import (
    ACTION_OF,
    Action,
    State,
    Step,
    advance,
    allowed_actions,
    following,
    replay,
)
from shared.errors import RefusedTransition

TRAINER = UUID(int=1)

# Written out by hand from domain/score.md section 2, not derived from the table under test.
ALLOWED = {
    (State.NONE, Step.APPLY): State.APPLIED,
    (State.NONE, Step.PASS_TOT): State.TOT_PASSED,
    (State.NONE, Step.FAIL_TOT): State.TOT_FAILED,
    (State.NONE, Step.RECOGNISE): State.CERTIFIED,
    (State.APPLIED, Step.SELECT): State.SELECTED,
    (State.APPLIED, Step.RECOGNISE): State.CERTIFIED,
    (State.SELECTED, Step.PASS_TOT): State.TOT_PASSED,
    (State.SELECTED, Step.FAIL_TOT): State.TOT_FAILED,
    (State.SELECTED, Step.RECOGNISE): State.CERTIFIED,
    (State.TOT_FAILED, Step.PASS_TOT): State.TOT_PASSED,
    (State.TOT_FAILED, Step.FAIL_TOT): State.TOT_FAILED,
    (State.TOT_PASSED, Step.BEGIN_CYCLE): State.TOE_IN_PROGRESS,
    (State.TOE_IN_PROGRESS, Step.BEGIN_CYCLE): State.TOE_IN_PROGRESS,
    (State.TOE_IN_PROGRESS, Step.RECOMMEND): State.RECOMMENDED,
    (State.RECOMMENDED, Step.CERTIFY): State.CERTIFIED,
    (State.RECOMMENDED, Step.REFUSE): State.REFUSED,
    (State.RECOMMENDED, Step.DEFER): State.RECOMMENDED,
    (State.REFUSED, Step.BEGIN_CYCLE): State.TOE_IN_PROGRESS,
    (State.REFUSED, Step.RECOMMEND): State.RECOMMENDED,
    (State.CERTIFIED, Step.APPOINT_EXPERT): State.CERTIFIED,
    (State.CERTIFIED, Step.SUSPEND): State.SUSPENDED,
    (State.CERTIFIED, Step.WITHDRAW): State.WITHDRAWN,
    (State.SUSPENDED, Step.REINSTATE): State.CERTIFIED,
    (State.SUSPENDED, Step.WITHDRAW): State.WITHDRAWN,
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_each_step_leads_where_the_programme_says_or_is_refused_with_what_is_allowed(state: State, step: Step) -> None:
    wanted = ALLOWED.get((state, step))
    assert following(state, step) is wanted
    if wanted is not None:
        assert advance(TRAINER, "WPC", state, step) is wanted
        return
    with pytest.raises(RefusedTransition) as refusal:
        advance(TRAINER, "WPC", state, step)
    assert refusal.value.allowed_actions == allowed_actions(state)
    assert state in refusal.value.detail


@pytest.mark.parametrize("state", State)
def test_allowed_actions_are_exactly_those_whose_steps_are_allowed(state: State) -> None:
    wanted = {ACTION_OF[step] for (before, step) in ALLOWED if before is state and step in ACTION_OF}
    assert set(allowed_actions(state)) == wanted
    without = set(allowed_actions(state, first_module_done=False))
    assert without == wanted - {Action.SELECT, Action.RECORD_TOT_RESULT, Action.RECOGNISE}


def test_withdrawn_is_the_end() -> None:
    assert allowed_actions(State.WITHDRAWN) == ()


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_no_history_certifies_by_the_board_without_tot_cycle_and_recommendation(steps: list[Step]) -> None:
    reached = replay(steps)
    if reached is None or Step.CERTIFY not in steps:
        return
    decided = steps.index(Step.CERTIFY)
    before = steps[:decided]
    assert before.index(Step.PASS_TOT) < before.index(Step.BEGIN_CYCLE) < before.index(Step.RECOMMEND)
    assert Step.RECOGNISE not in before


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_replaying_a_history_is_the_same_as_taking_its_steps(steps: list[Step]) -> None:
    state: State | None = State.NONE
    for step in steps:
        state = None if state is None else ALLOWED.get((state, step))
    assert replay(steps) is state


def test_the_longest_way_through() -> None:
    way = [
        Step.APPLY,
        Step.SELECT,
        Step.FAIL_TOT,
        Step.PASS_TOT,
        Step.BEGIN_CYCLE,
        Step.RECOMMEND,
        Step.DEFER,
        Step.REFUSE,
        Step.BEGIN_CYCLE,
        Step.RECOMMEND,
        Step.CERTIFY,
        Step.APPOINT_EXPERT,
        Step.SUSPEND,
        Step.REINSTATE,
        Step.WITHDRAW,
    ]
    assert replay(way) is State.WITHDRAWN
