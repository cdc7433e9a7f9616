"""Which event a service reacts to: one handler a contract, old versions by way of the new one."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from shared.database.transaction import Transaction
from shared.events.base import EventData, registered, service_of
from shared.events.catalogue import contracts
from shared.events.upcast import UPCASTERS
from shared.messaging.envelope import Envelope, MalformedEvent
from shared.messaging.handlers import Event, Handlers
from shared.messaging.record import parse

V1 = "enrollment.handler-tried.v1"


class Tried(EventData, type="enrollment.handler-tried.v2", aggregate="handler"):
    """Something of another service."""

    text: str


class Used(EventData, type="assessment.handler-used.v1", aggregate="handler"):
    """Something of a third."""

    count: int = 0


async def on_tried(tx: Transaction, event: Event[Tried]) -> None:
    """Do nothing."""


async def on_used(tx: Transaction, event: Event[Used]) -> None:
    """Do nothing."""


@pytest.fixture
def handlers() -> Handlers:
    """A consumer of both."""
    made = Handlers("billing")
    made.on(Used, writes_only=True)(on_used)
    made.on(Tried)(on_tried)
    return made


def test_a_declared_handler_is_found_by_the_type_of_its_contract(handlers: Handlers) -> None:
    found = handlers.get(Tried.type)
    assert found is not None
    assert (found.contract, found.handler, found.writes_only) == (Tried, on_tried, False)
    other = handlers.get(Used.type)
    assert other is not None
    assert (other.contract, other.handler, other.writes_only) == (Used, on_used, True)


def test_declaring_leaves_the_function_as_it_was() -> None:
    assert Handlers("billing").on(Tried)(on_tried) is on_tried


@pytest.mark.parametrize(
    "event_type",
    [
        "",
        ".",
        "enrollment",
        "enrollment.",
        "enrollment.handler.v2",
        "enrollment.handler-tried-on.v2",
        "billing.handler-tried.v2",
    ],
)
def test_what_nobody_handles_is_ignored(handlers: Handlers, event_type: str) -> None:
    assert handlers.get(event_type) is None


def test_two_handlers_of_one_contract_are_a_programming_error(handlers: Handlers) -> None:
    with pytest.raises(TypeError, match=f"billing already handles {Tried.type}"):
        handlers.on(Tried)(on_tried)
    found = handlers.get(Tried.type)
    assert found is not None
    assert found.handler is on_tried


def test_two_consumers_may_handle_the_same_contract(handlers: Handlers) -> None:
    other = Handlers("assessment")
    other.on(Tried)(on_tried)
    assert other.types() == [Tried.type]
    assert handlers.types() == [Used.type, Tried.type]


def test_topics_to_read_are_those_of_the_producers_each_once_in_order(handlers: Handlers) -> None:
    assert handlers.services() == ["assessment", "enrollment"]
    assert Handlers("silent").services() == []
    assert Handlers("silent").types() == []


def test_an_old_version_goes_to_the_handler_of_the_newest(handlers: Handlers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(UPCASTERS, V1, (Tried.type, lambda data: data))
    assert handlers.get(V1) == handlers.get(Tried.type)


@pytest.mark.parametrize("event_type", [V1, "enrollment.handler-tried.v3", "enrollment.handler-tried"])
def test_a_version_that_nobody_here_can_read_is_not_passed_over_but_refused(
    handlers: Handlers, event_type: str
) -> None:
    found = handlers.get(event_type)
    assert found == handlers.get(Tried.type)
    with pytest.raises(MalformedEvent, match=f"reads no {event_type}") as raised:
        parse({Tried.type: Tried}, event_type, b'{"text": "x"}')
    assert raised.value.rule == "unknown-version"


def test_our_own_version_is_refused_too_once_it_is_lifted_past_what_we_read(
    handlers: Handlers, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = handlers.get(Tried.type)
    monkeypatch.setitem(UPCASTERS, Tried.type, ("enrollment.handler-tried.v3", lambda data: data))
    assert handlers.get(Tried.type) == own
    with pytest.raises(MalformedEvent) as raised:
        parse({Tried.type: Tried}, Tried.type, b'{"text": "x"}')
    assert raised.value.rule == "unknown-version"


def test_an_event_says_what_its_envelope_says() -> None:
    key, event_id = UUID(int=1), UUID(int=2)
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    envelope = Envelope(
        id=event_id,
        type=Tried.type,
        source="/scorebook/enrollment",
        subject=f"handler/{key}",
        time=at,
        programme="bolivia",
        key=str(key),
        sequence=1,
        correlation_id="c-1",
        causation_id=None,
        actor="ana",
    )
    event = Event(Tried(text="x"), envelope)
    assert (event.id, event.programme, event.occurred_at, event.data.text) == (event_id, "bolivia", at, "x")


def test_a_contract_registers_itself_and_a_second_of_its_type_is_refused() -> None:
    assert registered()[Tried.type] is Tried
    with pytest.raises(TypeError, match=f"event type {Tried.type} is declared twice"):

        class Again(EventData, type=Tried.type, aggregate="handler"):
            pass

    assert registered()[Tried.type] is Tried


def test_the_register_is_for_reading() -> None:
    known: Any = registered()
    with pytest.raises(TypeError):
        known[V1] = Tried


def test_contracts_of_tests_are_no_part_of_the_catalogue() -> None:
    assert Tried.type not in contracts()
    assert list(contracts()) == sorted(contracts())


@pytest.mark.parametrize(
    ("event_type", "service"),
    [("billing.invoice-issued.v1", "billing"), ("billing", "billing"), ("", ""), (".x.v1", "")],
)
def test_the_producer_is_the_first_part_of_a_type(event_type: str, service: str) -> None:
    assert service_of(event_type) == service


def test_event_data_takes_fields_it_does_not_know_and_never_changes() -> None:
    data = Tried.model_validate({"text": "x", "of_a_later_version": 1})
    assert data.model_dump() == {"text": "x"}
    with pytest.raises(ValueError, match="frozen"):
        data.text = "y"  # type: ignore[misc]
