"""Classroom days with everybody present, and visits."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make them."""
    run_file(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE visit, attendance, session, participant")
    op.execute("DROP FUNCTION require_seats()")
    op.execute("DROP FUNCTION require_classroom_day()")
