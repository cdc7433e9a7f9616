"""Board members, dossiers, cases, recusals, votes and decisions."""

from pathlib import Path

from alembic import op

from shared.database.sql import run_file

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make them."""
    run_file(Path(__file__).with_name("0004_board.sql"))


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE roll_call, decision, vote, recusal, board_case, dossier, board_member")
    op.execute("DROP FUNCTION case_stays_decided(), vote_is_open()")
