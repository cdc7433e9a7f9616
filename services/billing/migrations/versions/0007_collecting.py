"""Credit notes in part and their uses, write-offs, reminders, the allowance, and where every share stands."""

from pathlib import Path
from typing import Final

from shared.database.sql import run_file

revision = "0007"
down_revision = "0006"

_HERE: Final = Path(__file__).parent


def upgrade() -> None:
    """Make them; a credit note of before becomes one whose parts are the whole shares."""
    for part in ("tables", "positions", "movements", "guards", "recovery", "privileges"):
        run_file(_HERE / f"collecting_{part}.sql")


def downgrade() -> None:
    """Remove them; refused while there is something that only they can hold."""
    for former in ("currencies_recovery", "issuing_recovery", "collecting_drop"):
        run_file(_HERE / f"{former}.sql")
