"""Schemes, trainers, standings and results of trainings of trainers."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make them."""
    run_file(Path(__file__).with_name("0003_trainers.sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE tot_result, standing_step, standing, trainer, scheme_version")
    op.execute("DROP FUNCTION keep_row()")
