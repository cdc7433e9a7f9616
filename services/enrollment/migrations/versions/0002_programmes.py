"""Programmes and the versions of their policy."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make them."""
    run_file(Path(__file__).with_suffix(".sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP VIEW policy_in_full")
    op.execute(
        "DROP TABLE policy_target, policy_phase, policy_module, policy_region, policy_sector, policy_size_class, "
        "policy_version, programme"
    )
    op.execute("DROP FUNCTION require_whole_policy()")
    op.execute("DROP FUNCTION keep_for_ever(regclass)")
