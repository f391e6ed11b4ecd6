"""Stores to try: a SQLite file, and a database of a real PostgreSQL server that is started for the tests."""

import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from xrlearn.readers import Answer, Protocol, Store
from xrlearn.readers.simulate import make_up


def _binary(name: str) -> str | None:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(installed[-1]) if installed else shutil.which(name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server on the loopback, without a database's name at its end."""
    initdb, server = _binary("initdb"), _binary("postgres")
    if initdb is None or server is None:
        pytest.skip("no PostgreSQL server is installed here (Debian: apt install postgresql)")
    user = None
    folder = Path(tempfile.mkdtemp(prefix="xrlearn-postgres-"))
    if os.geteuid() == 0:  # the server refuses to run as root
        names = {entry.pw_name for entry in pwd.getpwall()}
        user = "postgres" if "postgres" in names else "nobody"
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, quiet = str(folder / "data"), subprocess.DEVNULL
    command = [initdb, "-D", data, "-U", "xrlearn", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
    subprocess.run(command, user=user, cwd=folder, check=True, stdout=quiet, timeout=120)
    options = ["-h", "127.0.0.1", "-p", str(port), "-k", str(folder), "-c", "fsync=off", "-c", "shared_buffers=16MB"]
    log = (folder / "log").open("wb")
    running = subprocess.Popen([server, "-D", data, *options], user=user, cwd=folder, stdout=log, stderr=log)
    try:
        import psycopg

        for attempt in itertools.count():
            try:
                psycopg.connect(f"host=127.0.0.1 port={port} user=xrlearn dbname=postgres").close()
                break
            except psycopg.OperationalError:
                assert attempt < 300, (folder / "log").read_text()
                time.sleep(0.2)
        yield f"postgresql://xrlearn@127.0.0.1:{port}/"
    finally:
        running.send_signal(signal.SIGINT)  # at once, without waiting for who is still connected
        running.wait(30)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


_numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'studies.sqlite'}"
    import psycopg

    server, name = request.getfixturevalue("postgres"), f"test{next(_numbers)}"
    with psycopg.connect(server + "postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server + name


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store(url) as opened:
        yield opened


@pytest.fixture
def memory() -> Iterator[Store]:
    """A store that is gone with the test, where the kind does not matter."""
    with Store("sqlite://") as opened:
        yield opened


@pytest.fixture
def protocol() -> Protocol:
    """Six films in two arms, and two for practice; no washout."""
    raw = Protocol.example().model_dump() | {"washout_days": 0, "practice": 2}
    raw |= {"cases": {"number": 6}, "planted": {"commission": 1, "omission": 1}}
    return Protocol.model_validate(raw)


@pytest.fixture
def films(protocol: Protocol) -> tuple[pd.DataFrame, pd.DataFrame]:
    return make_up(protocol)


@pytest.fixture
def read_all() -> Callable[[Store, str], int]:
    """Let a reader answer all that is due; return how many films that was."""

    def read(store: Store, code: str) -> int:
        for count in itertools.count():
            reading = store.next(code)
            if reading is None:
                return count
            store.begin(code, reading.id)
            for stage in reading.stages:
                store.commit(code, reading.id, Answer(stage, float(count % 101), seconds=1.0))
        raise AssertionError

    return read
