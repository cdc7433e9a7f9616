"""What every request of this service is, and the one text of a fixed shape."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

DossierHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RequestBody(BaseModel):
    """A request: unknown fields are refused, since a misspelt one would be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)
