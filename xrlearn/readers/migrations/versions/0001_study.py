"""The first tables: studies, their films, readers, readings and answers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make them."""
    study = op.create_table(
        "study",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
    )
    film = op.create_table(
        "film",
        sa.Column("study", sa.String(16), sa.ForeignKey(study.c.id, ondelete="CASCADE"), primary_key=True),
        sa.Column("case", sa.String(64), primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("truth", sa.Float, nullable=False),
        sa.Column("boxes", sa.Text, nullable=False),
        sa.Column("practice", sa.Boolean, nullable=False),
        sa.Column("ai", sa.Float),
        sa.Column("own", sa.Float),
        sa.Column("threshold", sa.Float),
        sa.Column("peak_row", sa.Integer),
        sa.Column("peak_col", sa.Integer),
        sa.Column("planted", sa.String(16), nullable=False),
    )
    reader = op.create_table(
        "reader",
        sa.Column("code", sa.String(16), primary_key=True),
        sa.Column("study", sa.String(16), sa.ForeignKey(study.c.id, ondelete="CASCADE"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("pseudonym", sa.String(40), nullable=False),
        sa.Column("joined", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("study", "number", name="reader_number"),
        sa.UniqueConstraint("study", "pseudonym", name="reader_pseudonym"),
    )
    reading = op.create_table(
        "reading",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("reader", sa.String(16), sa.ForeignKey(reader.c.code, ondelete="CASCADE"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("session", sa.Integer, nullable=False),
        sa.Column("arm", sa.String(40), nullable=False),
        sa.Column("study", sa.String(16), nullable=False),
        sa.Column("case", sa.String(64), nullable=False),
        sa.Column("practice", sa.Boolean, nullable=False),
        sa.Column("final", sa.String(8), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["study", "case"], [film.c.study, film.c.case], name="reading_film"),
        sa.UniqueConstraint("reader", "position", name="reading_position"),
        sa.UniqueConstraint("reader", "arm", "case", name="reading_once"),
    )
    op.create_table(
        "answer",
        sa.Column("reading", sa.Integer, sa.ForeignKey(reading.c.id, ondelete="CASCADE"), primary_key=True),
        sa.Column("stage", sa.String(8), primary_key=True),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("mark_row", sa.Integer),
        sa.Column("mark_col", sa.Integer),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("trust", sa.Float),
        sa.Column("timed_out", sa.Boolean, nullable=False),
        sa.Column("committed", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stage IN ('alone', 'aided')", name="answer_stage"),
    )
