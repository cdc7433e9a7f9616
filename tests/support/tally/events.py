"""Contracts only tests use."""

from uuid import UUID

from shared.events.base import EventData


class Counted(EventData, type="enrollment.thing-counted.v1", aggregate="thing"):
    """A thing was counted; a negative amount cannot be applied, `needs` names a thing that must be known before."""

    amount: int
    needs: UUID | None = None


class CountedTwice(EventData, type="enrollment.thing-counted.v2", aggregate="thing"):
    """The second version: what was `amount` is `number`."""

    number: int


class Ignored(EventData, type="enrollment.thing-looked-at.v1", aggregate="thing"):
    """An event the tally does not react to."""

    note: str = ""


class TallyChanged(EventData, type="billing.tally-changed.v1", aggregate="tally"):
    """What the tally says in return, one for each event applied."""

    total: int
