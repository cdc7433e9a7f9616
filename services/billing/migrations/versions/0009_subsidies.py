"""Agreements and claims with a life, claims over costs, evidence from events, pledges."""

from pathlib import Path
from typing import Final

from shared.database.sql import run_file

revision = "0009"
down_revision = "0011"

_HERE: Final = Path(__file__).parent


def upgrade() -> None:
    """Make them."""
    for part in ("agreements", "claims", "positions", "evidence", "pledges", "recovery", "privileges"):
        run_file(_HERE / f"subsidies_{part}.sql")


def downgrade() -> None:
    """Remove them; fails where something is recorded that the former tables cannot hold."""
    run_file(_HERE / "subsidies_drop.sql")
    for former in ("collecting_movements", "bank_movements", "costs_recovery", "recovery_documents"):
        run_file(_HERE / f"{former}.sql")
    for privileges in ("collecting_privileges", "bank_privileges", "issuing_view_privileges"):
        run_file(_HERE / f"{privileges}.sql")
