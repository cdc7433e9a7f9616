"""What an actor may do: by role, by programme, by partner; a handler carries out what was decided."""

from dataclasses import FrozenInstanceError
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.auth.actor import EVERY_PROGRAMME, READERS, Actor, Role, system_actor
from shared.errors import NotAllowed, NotFound

OWN: Final = UUID(int=1)
OTHER: Final = UUID(int=2)
CODES: Final = ("bolivia", "peru", "b", "", "boliviab")

roles = st.frozensets(st.sampled_from(sorted(Role)))


def test_the_roles_are_those_of_the_architecture() -> None:
    assert set(Role) == {
        *("programme-manager", "partner-admin", "partner-finance", "trainer"),
        *("board-secretary", "board-member", "ops", "auditor"),
    }
    assert set(Role) == READERS


@given(roles, roles)
def test_an_actor_needs_one_of_the_roles_and_any_one_will_do(held: frozenset[Role], wanted: frozenset[Role]) -> None:
    actor = Actor("ana", held, "bolivia")
    assert actor.has_any(wanted) is bool(held & wanted)
    if held & wanted:
        actor.require_role(wanted, "invoicing")
        return
    with pytest.raises(NotAllowed) as raised:
        actor.require_role(wanted, "invoicing")
    assert raised.value.detail == f"invoicing needs one of these roles: {', '.join(sorted(wanted))}"
    assert [(error.field, error.rule) for error in raised.value.errors] == [("authorization", "role")]


def test_nobody_may_do_what_no_role_may() -> None:
    with pytest.raises(NotAllowed):
        Actor("ana", frozenset(Role), EVERY_PROGRAMME).require_role((), "it")


@given(st.sampled_from(CODES[:2]), st.sampled_from([*CODES, EVERY_PROGRAMME]))
def test_an_actor_of_one_programme_sees_that_one_and_not_all_together(own: str, asked: str) -> None:
    assert Actor("ana", frozenset(Role), own).sees_programme(asked) is (own == asked)


@pytest.mark.parametrize("asked", [*CODES, EVERY_PROGRAMME])
def test_an_actor_of_every_programme_sees_each_and_all_together(asked: str) -> None:
    Actor("ana", frozenset({Role.AUDITOR}), EVERY_PROGRAMME).require_programme(asked)


@pytest.mark.parametrize("asked", ["bolivia", EVERY_PROGRAMME])
def test_an_actor_without_programme_sees_none(asked: str) -> None:
    assert not Actor("ana", frozenset(Role)).sees_programme(asked)


def test_anothers_programme_is_not_forbidden_but_unheard_of() -> None:
    with pytest.raises(NotFound, match="there is no programme peru") as raised:
        Actor("ana", frozenset(Role), "bolivia").require_programme("peru")
    assert raised.value.status == 404
    assert [error.field for error in raised.value.errors] == ["programme"]


def test_an_actor_of_a_partner_sees_that_partner_only() -> None:
    actor = Actor("ana", frozenset({Role.PARTNER_ADMIN}), "bolivia", OWN)
    actor.require_partner(OWN)
    assert not actor.sees_partner(OTHER)
    with pytest.raises(NotAllowed, match=str(OTHER)) as raised:
        actor.require_partner(OTHER)
    assert [(error.field, error.rule) for error in raised.value.errors] == [("partner_id", "partner-scope")]


@given(roles)
def test_no_role_widens_the_scope_of_a_partner(held: frozenset[Role]) -> None:
    assert not Actor("ana", held, EVERY_PROGRAMME, OWN).sees_partner(OTHER)


@pytest.mark.parametrize("partner", [OWN, OTHER])
def test_an_actor_bound_to_no_partner_sees_each(partner: UUID) -> None:
    Actor("ana", frozenset({Role.PROGRAMME_MANAGER}), "bolivia").require_partner(partner)


def test_a_handler_may_carry_out_what_was_decided_anywhere() -> None:
    actor = system_actor("billing")
    assert actor.subject == "system:billing"
    assert actor.roles == frozenset()
    actor.require_role([Role.OPS], "it")
    actor.require_programme("peru")
    actor.require_partner(OTHER)


def test_nobody_gets_the_rights_of_a_handler_by_calling_himself_one() -> None:
    actor = Actor("system:billing", frozenset({Role.TRAINER}), "bolivia", OWN)
    assert not actor.has_any([Role.OPS])
    assert not actor.sees_programme("peru")
    assert not actor.sees_partner(OTHER)


def test_an_actor_cannot_be_given_more_rights_later() -> None:
    actor = Actor("ana", frozenset(), "bolivia")
    with pytest.raises(FrozenInstanceError):
        actor.system = True  # type: ignore[misc]
