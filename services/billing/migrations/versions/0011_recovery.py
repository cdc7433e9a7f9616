"""Cost recovery: the phase on documents, targets, and measurements with window, scope and the state of the ledger."""

from pathlib import Path
from typing import Final

from shared.database.sql import run_file

revision = "0011"
down_revision = "0008"

_HERE: Final = Path(__file__).parent


def upgrade() -> None:
    """Make them; documents that exist get the phase that their entries have."""
    for part in ("phases", "targets", "measurements", "documents", "privileges"):
        run_file(_HERE / f"recovery_{part}.sql")


def downgrade() -> None:
    """Remove them; what was measured keeps its figures, without window and scope."""
    run_file(_HERE / "recovery_drop.sql")
    for former in ("costs_recovery", "issuing_view_privileges"):
        run_file(_HERE / f"{former}.sql")
