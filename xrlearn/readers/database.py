"""The database behind the store: SQLite with its promises kept, or PostgreSQL."""

import os
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from .. import paths
from .errors import StudyError


def default_url() -> str:
    """Return ``XRLEARN_DATABASE_URL``, or a SQLite file in :func:`xrlearn.paths.studies`.

    Examples
    --------
    >>> default_url().split(":")[0].startswith(("sqlite", "postgres"))
    True
    """
    if "XRLEARN_DATABASE_URL" in os.environ:
        return os.environ["XRLEARN_DATABASE_URL"]
    folder = paths.studies()
    folder.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'studies.sqlite'}"


def now() -> datetime:
    """Return the time, with its zone."""
    return datetime.now(UTC)


def utc(moment: datetime) -> datetime:
    """Return a stored time with its zone: SQLite keeps none."""
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def engine(url: str) -> Engine:
    """Return an engine for a SQLite or PostgreSQL address, or raise `StudyError`."""
    try:
        address: URL = make_url(url)
    except ArgumentError:
        raise StudyError("bad_url") from None
    kind = address.get_backend_name()
    if kind in ("postgresql", "postgres"):
        return create_engine(address.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if kind != "sqlite":
        raise StudyError("bad_url")
    if address.database in (None, "", ":memory:"):
        engine = create_engine(address, poolclass=StaticPool)
    else:
        engine = create_engine(address, connect_args={"timeout": 30})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare(connection: Any, _: Any) -> None:
    """Make a SQLite connection wait for its turn, keep its promises, and leave transactions to us."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 30000"):
        connection.execute(f"PRAGMA {pragma}").close()
