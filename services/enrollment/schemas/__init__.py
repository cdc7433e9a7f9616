"""What requests carry and answers show; the rules behind them live in `domain`."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """The body of a request: frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
