"""No other module before the first one."""

from datetime import date
from uuid import UUID

import pytest

from services.certification.domain.certificate import Certificate, Series
from services.certification.domain.prerequisite import first_module_done, require_first_module
from services.certification.domain.programme import Programme
from services.certification.domain.standing import Action, State
from services.certification.errors.common import UnknownModule, UnknownRegion
from services.certification.errors.path import FirstModuleMissing
from tests.unit.certification.boards import complete

TRAINER = UUID(int=1)
PROGRAMME = Programme("bolivia", {"WPC": True, "BASICS": True, "OSH": False}, frozenset({"LP"}))
ON = date(2014, 9, 1)


def certificate(module: str = "WPC", since: date = date(2014, 8, 1), withdrawn_on: date | None = None) -> Certificate:
    """Return a certificate of the board over three years."""
    return Certificate(
        UUID(int=9), "N", Series.BOARD, TRAINER, module, since, date(2017, 7, 31), withdrawn_on=withdrawn_on
    )


@pytest.mark.parametrize("module", ["WPC", "BASICS"])
def test_a_first_module_needs_nothing(module: str) -> None:
    assert first_module_done(PROGRAMME, module, ON, [], [], 1)


@pytest.mark.parametrize("first", ["WPC", "BASICS"])
def test_another_module_needs_a_certificate_or_a_complete_cycle_in_a_first_one(first: str) -> None:
    assert first_module_done(PROGRAMME, "OSH", ON, [certificate(first)], [], 1)
    assert first_module_done(PROGRAMME, "OSH", ON, [], [complete(module=first)], 1)


def test_neither_a_later_nor_a_withdrawn_nor_another_certificate_will_do() -> None:
    for found in (certificate(since=date(2014, 9, 2)), certificate(withdrawn_on=ON), certificate("OSH")):
        assert not first_module_done(PROGRAMME, "OSH", ON, [found], [], 1)
    assert not first_module_done(PROGRAMME, "OSH", ON, [], [complete(done=date(2014, 9, 2))], 1)
    assert not first_module_done(PROGRAMME, "OSH", ON, [], [complete(module="OSH")], 1)


def test_an_expired_certificate_was_granted_once() -> None:
    assert first_module_done(PROGRAMME, "OSH", date(2020, 1, 1), [certificate()], [], 1)


def test_the_refusal_names_the_first_modules_and_what_is_still_allowed() -> None:
    with pytest.raises(FirstModuleMissing) as refusal:
        require_first_module(PROGRAMME, TRAINER, "OSH", ON, State.NONE, [], [], 1)
    assert "BASICS or WPC" in refusal.value.detail
    assert refusal.value.allowed_actions == (Action.APPLY,)
    require_first_module(PROGRAMME, TRAINER, "OSH", ON, State.NONE, [certificate()], [], 1)


def test_a_module_or_region_outside_the_programme_is_unknown() -> None:
    with pytest.raises(UnknownModule):
        PROGRAMME.require_module("LEAN")
    with pytest.raises(UnknownRegion):
        PROGRAMME.require_region("SC")
    PROGRAMME.require_region(None)
    PROGRAMME.require_region("LP")
