"""The state machine of one trainer in one module (domain/score.md section 2).

    none -> applied -> selected -> tot-passed | tot-failed
    tot-passed -> toe-in-progress -> recommended -> certified | refused
    refused -> toe-in-progress, or recommended again after a further cycle
    certified <-> suspended; certified or suspended -> withdrawn

A register may start at the training of trainers, without an application. Expiry, renewal, inactivity and reduction of
scope join this table when time passing becomes an event.
"""

from collections.abc import Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from shared.errors import RefusedTransition


class State(StrEnum):
    """Where a trainer stands in a module."""

    NONE = "none"
    APPLIED = "applied"
    SELECTED = "selected"
    TOT_FAILED = "tot-failed"
    TOT_PASSED = "tot-passed"
    TOE_IN_PROGRESS = "toe-in-progress"
    RECOMMENDED = "recommended"
    REFUSED = "refused"
    CERTIFIED = "certified"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"


class Step(StrEnum):
    """What can happen to a standing."""

    APPLY = "apply"
    SELECT = "select"
    PASS_TOT = "pass-tot"  # noqa: S105 - a word of the programme
    FAIL_TOT = "fail-tot"
    BEGIN_CYCLE = "begin-cycle"
    RECOMMEND = "recommend"
    CERTIFY = "certify"
    REFUSE = "refuse"
    DEFER = "defer"
    RECOGNISE = "recognise"
    APPOINT_EXPERT = "appoint-expert"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    WITHDRAW = "withdraw"


class Action(StrEnum):
    """What somebody can do about a standing; an action may have several outcomes."""

    APPLY = "apply"
    SELECT = "select"
    RECORD_TOT_RESULT = "record-tot-result"
    RECOMMEND = "recommend"
    DECIDE = "decide"
    RECOGNISE = "recognise"
    APPOINT_EXPERT = "appoint-expert"
    SUSPEND = "suspend"
    REINSTATE = "reinstate"
    WITHDRAW = "withdraw"


ACTION_OF: Final = MappingProxyType(
    {
        Step.APPLY: Action.APPLY,
        Step.SELECT: Action.SELECT,
        Step.PASS_TOT: Action.RECORD_TOT_RESULT,
        Step.FAIL_TOT: Action.RECORD_TOT_RESULT,
        Step.RECOMMEND: Action.RECOMMEND,
        Step.CERTIFY: Action.DECIDE,
        Step.REFUSE: Action.DECIDE,
        Step.DEFER: Action.DECIDE,
        Step.RECOGNISE: Action.RECOGNISE,
        Step.APPOINT_EXPERT: Action.APPOINT_EXPERT,
        Step.SUSPEND: Action.SUSPEND,
        Step.REINSTATE: Action.REINSTATE,
        Step.WITHDRAW: Action.WITHDRAW,
    }
)
"""The action behind each step; a cycle begins when enrollment schedules it, which is nobody's action here."""

_NEEDS_FIRST_MODULE: Final = frozenset({Action.SELECT, Action.RECORD_TOT_RESULT, Action.RECOGNISE})

# Recognition is for people certified elsewhere: whoever began the programme's own path, or was refused by its board,
# is certified by the board or not at all.
_TABLE: Final = MappingProxyType(
    {
        State.NONE: {
            Step.APPLY: State.APPLIED,
            Step.PASS_TOT: State.TOT_PASSED,
            Step.FAIL_TOT: State.TOT_FAILED,
            Step.RECOGNISE: State.CERTIFIED,
        },
        State.APPLIED: {Step.SELECT: State.SELECTED, Step.RECOGNISE: State.CERTIFIED},
        State.SELECTED: {
            Step.PASS_TOT: State.TOT_PASSED,
            Step.FAIL_TOT: State.TOT_FAILED,
            Step.RECOGNISE: State.CERTIFIED,
        },
        State.TOT_FAILED: {Step.PASS_TOT: State.TOT_PASSED, Step.FAIL_TOT: State.TOT_FAILED},
        State.TOT_PASSED: {Step.BEGIN_CYCLE: State.TOE_IN_PROGRESS},
        State.TOE_IN_PROGRESS: {Step.BEGIN_CYCLE: State.TOE_IN_PROGRESS, Step.RECOMMEND: State.RECOMMENDED},
        State.RECOMMENDED: {
            Step.CERTIFY: State.CERTIFIED,
            Step.REFUSE: State.REFUSED,
            Step.DEFER: State.RECOMMENDED,
        },
        State.REFUSED: {Step.BEGIN_CYCLE: State.TOE_IN_PROGRESS, Step.RECOMMEND: State.RECOMMENDED},
        State.CERTIFIED: {
            Step.APPOINT_EXPERT: State.CERTIFIED,
            Step.SUSPEND: State.SUSPENDED,
            Step.WITHDRAW: State.WITHDRAWN,
        },
        State.SUSPENDED: {Step.REINSTATE: State.CERTIFIED, Step.WITHDRAW: State.WITHDRAWN},
        State.WITHDRAWN: {},
    }
)


def following(state: State, step: Step) -> State | None:
    """Return the state that `step` leads to, or None where it is not allowed."""
    return _TABLE[state].get(step)


def allowed_actions(state: State, *, first_module_done: bool = True) -> tuple[Action, ...]:
    """Return what may be done in `state`; without the first module, nothing that begins another one."""
    actions = {ACTION_OF[step] for step in _TABLE[state] if step in ACTION_OF}
    return tuple(sorted(actions if first_module_done else actions - _NEEDS_FIRST_MODULE))


def advance(trainer: UUID, module: str, state: State, step: Step) -> State:
    """Return the state after `step`; raises RefusedTransition with the actions that are allowed."""
    reached = following(state, step)
    if reached is None:
        action = ACTION_OF.get(step, step)
        raise RefusedTransition(f"module {module} of trainer", trainer, state, action, allowed_actions(state))
    return reached


def replay(steps: Sequence[Step]) -> State | None:
    """Return the state that `steps` lead to from the beginning, or None when one of them was not allowed."""
    state: State | None = State.NONE
    for step in steps:
        if state is None:
            return None
        state = following(state, step)
    return state
