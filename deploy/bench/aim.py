"""What was wanted beside what was found."""

from pydantic import BaseModel


class Aim(BaseModel):
    """A figure somebody set beside the one that was found."""

    what: str
    aim: str
    found: str
    holds: bool
