"""Bank accounts, statements and their lines; payments that can be identified late, set back, refunded and bounced."""

from pathlib import Path
from typing import Final

from shared.database.sql import run_file

revision = "0008"
down_revision = "0012"

_HERE: Final = Path(__file__).parent


def upgrade() -> None:
    """Make them; every payment that is there was identified on the day it came."""
    for part in ("tables", "payments", "guards", "reading", "movements", "privileges"):
        run_file(_HERE / f"bank_{part}.sql")


def downgrade() -> None:
    """Remove them; refused while there is something that the schema before cannot hold."""
    run_file(_HERE / "bank_drop.sql")
