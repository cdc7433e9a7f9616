"""Settings that only billing has."""

from functools import cache
from typing import Literal

from pydantic import DirectoryPath, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class BillingSettings(BaseSettings):
    """Read from the environment, prefix `SCOREBOOK_BILLING_`."""

    model_config = SettingsConfigDict(env_prefix="SCOREBOOK_BILLING_", frozen=True)

    period_length: Literal["month", "year"] = Field(
        default="month",
        description="Length of the accounting periods of books opened from now on; a book keeps the one it has.",
    )
    paper_size: Literal["a4", "us-letter"] = Field(default="a4", description="Paper that documents are laid out for.")
    fonts: DirectoryPath | None = Field(
        default=None,
        description="Folder with fonts for scripts that typst's own do not have; documents use no font of the system.",
    )
    seal_seconds: float = Field(
        default=5.0,
        ge=0.1,
        description="How often new ledger entries are sealed into their book's hash chain and its head is published.",
    )


@cache
def billing_settings() -> BillingSettings:
    """Return the settings of this process, read once."""
    return BillingSettings()
