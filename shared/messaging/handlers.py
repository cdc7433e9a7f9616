"""Which contract a service reacts to, and with what."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID

from shared.events.base import EventData, name_of, service_of
from shared.events.upcast import UPCASTERS, newest
from shared.messaging.envelope import Envelope

if TYPE_CHECKING:
    from shared.database.transaction import Transaction

DataT = TypeVar("DataT", bound=EventData)


@dataclass(frozen=True, slots=True)
class Event(Generic[DataT]):
    """A received event: its data and its envelope."""

    data: DataT
    envelope: Envelope

    @property
    def id(self) -> UUID:
        """The CloudEvents id, unique for ever."""
        return self.envelope.id

    @property
    def programme(self) -> str:
        """The programme code the event belongs to."""
        return self.envelope.programme

    @property
    def occurred_at(self) -> datetime:
        """When the producer recorded it."""
        return self.envelope.time


Handler = Callable[["Transaction", Event[Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a consumer does on one event type."""

    contract: type[EventData]
    handler: Handler
    writes_only: bool


class Handlers:
    """The event handlers of one consumer; its name is also its group and its inbox key."""

    def __init__(self, consumer: str) -> None:
        self.consumer = consumer
        self._by_type: dict[str, Subscription] = {}
        self._by_name: dict[str, Subscription] = {}

    def on(
        self, contract: type[DataT], *, writes_only: bool = False
    ) -> Callable[
        [Callable[["Transaction", Event[DataT]], Awaitable[None]]],
        Callable[["Transaction", Event[DataT]], Awaitable[None]],
    ]:
        """Declare the decorated coroutine as the handler of `contract`; one handler per contract.

        The handler runs inside the transaction that marks the event as received. It raises FactMissing to wait for
        another aggregate; any other exception that is not a passing database error parks the message.

        `writes_only`: the handler reads nothing from the database and writes only with `tx.later.add`; a batch of such
        events then costs one round trip a statement, not one an event.
        """

        def register(
            handler: Callable[["Transaction", Event[DataT]], Awaitable[None]],
        ) -> Callable[["Transaction", Event[DataT]], Awaitable[None]]:
            if contract.type in self._by_type:
                raise TypeError(f"{self.consumer} already handles {contract.type}")
            found = Subscription(contract, handler, writes_only)
            self._by_type[contract.type] = self._by_name[name_of(contract.type)] = found
            return handler

        return register

    def get(self, event_type: str) -> Subscription | None:
        """Return what happens on `event_type`, or None when this consumer ignores it.

        An old version is handled by the handler of the version it is lifted to. A version that nobody here can read,
        such as one of a newer program, is the business of the other versions' handler all the same: `parse` refuses it,
        so that it is parked and not passed over.
        """
        exact = self._by_type.get(newest(event_type) if event_type in UPCASTERS else event_type)
        return exact or self._by_name.get(name_of(event_type))

    def types(self) -> list[str]:
        """Return the event types this consumer reacts to."""
        return sorted(self._by_type)

    def services(self) -> list[str]:
        """Return the producing services whose topics this consumer reads."""
        return sorted({service_of(event_type) for event_type in self._by_type})
