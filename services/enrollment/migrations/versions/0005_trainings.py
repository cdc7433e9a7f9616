"""Trainings and the enrollments in them."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make them."""
    run_file(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE enrollment, training_co_candidate, training")
    op.execute("DROP FUNCTION require_place()")
    op.execute("DROP FUNCTION require_final()")
