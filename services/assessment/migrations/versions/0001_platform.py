"""Outbox, inbox, parking, idempotency keys and audit trail."""

from shared.database.sql import PLATFORM, PLATFORM_DROP, run_file

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    run_file(PLATFORM)


def downgrade() -> None:
    """Remove them."""
    run_file(PLATFORM_DROP)
