"""Copies of facts of other services: trainers, their certificates, baselines."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make them."""
    run_file(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE baseline, trainer_certificate, trainer_tot, trainer")
