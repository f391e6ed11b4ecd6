"""Who leads a study (a hash of her code), and how long readers have been reading; unknown for what was there before."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add them."""
    op.add_column("study", sa.Column("lead", sa.String(128)))
    op.add_column("reader", sa.Column("seniority", sa.String(16)))
    op.add_column("reader", sa.Column("years", sa.Integer))
