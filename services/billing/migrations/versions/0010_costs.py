"""Rate cards, costs from deliveries, bills, payables, prepayments, reversals of costs, and what the ILO gives."""

from pathlib import Path
from typing import Final

from shared.database.sql import run_file

revision = "0010"
down_revision = "0007"

_HERE: Final = Path(__file__).parent


def upgrade() -> None:
    """Make them; costs that are there stay as they are, with nothing of what is new."""
    for part in ("tables", "guards", "ilo", "recovery", "privileges"):
        run_file(_HERE / f"costs_{part}.sql")


def downgrade() -> None:
    """Remove them; refused while something is paid, prepaid, reversed or given by the ILO, which would be lost."""
    run_file(_HERE / "costs_drop.sql")
    for former in ("collecting_recovery", "issuing_view_privileges"):
        run_file(_HERE / f"{former}.sql")
