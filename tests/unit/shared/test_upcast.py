"""Old versions are lifted step by step to the newest; what cannot be lifted is refused, never guessed."""

import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.base import EventData
from shared.events.catalogue import contracts
from shared.events.upcast import UPCASTERS, Upcaster, newest, upcast
from shared.messaging.envelope import MalformedEvent
from shared.messaging.record import parse

V1: Final = "billing.fee-lifted.v1"
V2: Final = "billing.fee-lifted.v2"
V3: Final = "billing.fee-lifted.v3"


class FeeLifted(EventData, type="billing.fee-lifted.v3", aggregate="fee"):
    """What a fee is, in the third version of telling it."""

    amount: str
    currency: str
    payer: str


def with_currency(data: dict[str, Any]) -> dict[str, Any]:
    """Lift v1, when every fee was in bolivianos."""
    return {**data, "currency": "BOB"}


def with_payer(data: dict[str, Any]) -> dict[str, Any]:
    """Lift v2, where the payer was called otherwise."""
    return {"payer": data["paid_by"], **{name: value for name, value in data.items() if name != "paid_by"}}


STEPS: Final[dict[str, Upcaster]] = {V1: (V2, with_currency), V2: (V3, with_payer)}


@pytest.fixture
def lifting(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process knows how to lift the old versions."""
    for old, step in STEPS.items():
        monkeypatch.setitem(UPCASTERS, old, step)


@pytest.mark.parametrize(
    ("event_type", "lifted"), [(V1, V3), (V2, V3), (V3, V3), ("billing.other.v1", "billing.other.v1")]
)
def test_a_type_is_lifted_to_the_end_of_its_chain(event_type: str, lifted: str) -> None:
    assert newest(event_type, STEPS) == lifted


def test_steps_are_taken_one_after_another() -> None:
    assert upcast(V1, {"amount": "5", "paid_by": "F"}, STEPS) == (
        V3,
        {"amount": "5", "currency": "BOB", "payer": "F"},
    )


def test_a_newer_version_skips_the_steps_before_it() -> None:
    assert upcast(V2, {"amount": "5", "currency": "PEN", "paid_by": "F"}, STEPS)[1]["currency"] == "PEN"


@given(st.dictionaries(st.text(), st.integers() | st.text()))
def test_the_newest_version_is_left_as_it_is(data: dict[str, object]) -> None:
    assert upcast(V3, data, STEPS) == (V3, data)


def test_what_was_received_is_not_changed_by_lifting() -> None:
    data = {"amount": "5", "paid_by": "F"}
    upcast(V1, data, STEPS)
    assert data == {"amount": "5", "paid_by": "F"}


@pytest.mark.parametrize(
    "chain", [{V1: V1}, {V1: V2, V2: V1}, {V1: V2, V2: V3, V3: V2}], ids=["itself", "two", "further on"]
)
def test_a_chain_that_bites_its_tail_is_refused_before_any_step_is_taken(chain: dict[str, str]) -> None:
    taken: list[str] = []

    def step(data: dict[str, Any]) -> dict[str, Any]:
        taken.append("step")
        return data

    circle: dict[str, Upcaster] = {old: (new, step) for old, new in chain.items()}
    with pytest.raises(TypeError, match="form a cycle"):
        newest(V1, circle)
    with pytest.raises(TypeError, match="form a cycle"):
        upcast(V1, {}, circle)
    assert taken == []


def test_every_upcaster_of_the_program_ends_at_a_contract_of_the_same_event() -> None:
    for old in UPCASTERS:
        assert newest(old) in contracts()
        assert newest(old).rpartition(".v")[0] == old.rpartition(".v")[0]


@pytest.mark.usefixtures("lifting")
@pytest.mark.parametrize(
    ("event_type", "data"),
    [
        (V1, {"amount": "5", "paid_by": "F"}),
        (V2, {"amount": "5", "currency": "BOB", "paid_by": "F"}),
        (V3, {"amount": "5", "currency": "BOB", "payer": "F"}),
    ],
)
def test_every_version_of_an_event_is_read_as_the_newest(event_type: str, data: dict[str, str]) -> None:
    found = parse({V3: FeeLifted}, event_type, json.dumps(data | {"more": 1}).encode())
    assert found == FeeLifted(amount="5", currency="BOB", payer="F")


@pytest.mark.usefixtures("lifting")
@pytest.mark.parametrize(
    ("value", "rule"),
    [
        (None, "no-data"),
        (b"", "bad-json"),
        (b"[]", "bad-json"),
        (b"null", "bad-json"),
        (b"{", "bad-json"),
        (b"\xff", "bad-json"),
        (b"[" * 100_000, "bad-json"),
        (b'{"amount": 5, "paid_by": "F"}', "bad-data"),
        (b'{"paid_by": "F"}', "bad-data"),
    ],
)
@pytest.mark.parametrize("event_type", [V1, V3])
def test_an_old_version_that_says_nonsense_is_refused_as_a_new_one_is(
    event_type: str, value: bytes | None, rule: str
) -> None:
    with pytest.raises(MalformedEvent) as raised:
        parse({V3: FeeLifted}, event_type, value)
    assert raised.value.rule == rule


@pytest.mark.usefixtures("lifting")
def test_the_refusal_names_the_first_field_that_breaks_its_rule() -> None:
    with pytest.raises(MalformedEvent, match=r"^amount: .*string"):
        parse({V3: FeeLifted}, V1, b'{"amount": 5, "paid_by": "F"}')
