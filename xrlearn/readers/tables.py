"""The tables of the store, and how an older store is brought up to date.

Tables are made and changed only by the numbered scripts in ``migrations/versions`` (alembic); what stands here is what
they add up to. No film, no name of a patient or a reader is in any of them.
"""

from pathlib import Path

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    select,
)

metadata = MetaData()

#: one row a study; `protocol` is its TOML, `lead` the hash of its leader's code
study = Table(
    "study",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("protocol", Text, nullable=False),
    Column("created", DateTime(timezone=True), nullable=False),
    Column("lead", String(128)),
)

#: one row a film of a study; `path` is relative to the source, `boxes` is JSON
film = Table(
    "film",
    metadata,
    Column("study", String(16), ForeignKey(study.c.id, ondelete="CASCADE"), primary_key=True),
    Column("case", String(64), primary_key=True),
    Column("place", Integer, nullable=False),
    Column("path", Text, nullable=False),
    Column("truth", Float, nullable=False),
    Column("boxes", Text, nullable=False),
    Column("practice", Boolean, nullable=False),
    Column("ai", Float),
    Column("own", Float),
    Column("threshold", Float),
    Column("peak_row", Integer),
    Column("peak_col", Integer),
    Column("planted", String(16), nullable=False),
)

reader = Table(
    "reader",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("study", String(16), ForeignKey(study.c.id, ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("pseudonym", String(40), nullable=False),
    Column("joined", DateTime(timezone=True), nullable=False),
    Column("seniority", String(16)),
    Column("years", Integer),
    UniqueConstraint("study", "number", name="reader_number"),
    UniqueConstraint("study", "pseudonym", name="reader_pseudonym"),
)

#: one row a film to be read by a reader in an arm
reading = Table(
    "reading",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("reader", String(16), ForeignKey(reader.c.code, ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("session", Integer, nullable=False),
    Column("arm", String(40), nullable=False),
    Column("study", String(16), nullable=False),
    Column("case", String(64), nullable=False),
    Column("practice", Boolean, nullable=False),
    Column("final", String(8), nullable=False),
    Column("started", DateTime(timezone=True)),
    ForeignKeyConstraint(["study", "case"], [film.c.study, film.c.case], name="reading_film"),
    UniqueConstraint("reader", "position", name="reading_position"),
    UniqueConstraint("reader", "arm", "case", name="reading_once"),
)

#: one row a committed answer; its key is what makes a second commit impossible
answer = Table(
    "answer",
    metadata,
    Column("reading", Integer, ForeignKey(reading.c.id, ondelete="CASCADE"), primary_key=True),
    Column("stage", String(8), primary_key=True),
    Column("score", Float, nullable=False),
    Column("mark_row", Integer),
    Column("mark_col", Integer),
    Column("seconds", Float, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("trust", Float),
    Column("timed_out", Boolean, nullable=False),
    Column("committed", DateTime(timezone=True), nullable=False),
    CheckConstraint("stage IN ('alone', 'aided')", name="answer_stage"),
)

#: any number that no other program uses as its PostgreSQL advisory lock
_LOCK = 7_265_061


def upgrade(connection: Connection) -> None:
    """Bring the store of `connection` up to date, within its transaction; one process at a time."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    context = MigrationContext.configure(
        connection, opts={"fn": lambda revision, _: scripts._upgrade_revs("head", revision)}
    )
    with Operations.context(context):
        context.run_migrations()
