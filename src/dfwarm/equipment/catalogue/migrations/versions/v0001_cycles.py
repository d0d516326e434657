"""The first layout: one row a cycle."""

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "cycles",
        sa.Column("study", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("digest", "outcome", "began_at", "ended_at", "as_of")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("failure", "reason")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("held_seconds_milli", "files", "bytes")),
        sa.Column("checksum", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop it: the index can be made anew from the records."""
    op.drop_table("cycles")
