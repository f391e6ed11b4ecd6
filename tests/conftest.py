"""Fixtures that every room's tests share."""

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    import pandas as pd

    from xrlearn.training import Model

# Before numpy and torch are loaded, here and in what tests start: processes of two threads each, on two cores, train at
# an eighth of the pace, because the threads wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Each of the many programs that tests start would compile the whole package anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# It is a hub that reads this, with what only a hub knows.
collect_ignore = ["hub/jupyterhub_config.py"]

# jsonschema, which nbformat loads, compiles grammars of addresses with it for a second or two, and nothing here asks.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

# How long an example takes says how busy the machine is, and nothing of the code.
settings.register_profile("house", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

REALDATA = Path(__file__).resolve().parents[2] / "shared" / "realdata"
if REALDATA.is_dir():
    os.environ.setdefault("XRLEARN_FILMS", str(REALDATA))


@pytest.fixture(scope="session")
def realdata() -> Path:
    """Real radiographs with labels; they are not part of the repository, so tests skip where they are absent."""
    if not REALDATA.is_dir():
        pytest.skip("the real radiographs (shared/realdata beside the repository) are not here")
    return REALDATA


@pytest.fixture(autouse=True)
def english():
    """Every test starts and ends in English."""
    from xrlearn import locale

    locale.use("en")
    yield
    locale.use("en")


@pytest.fixture(scope="session")
def cases(tmp_path_factory: pytest.TempPathFactory) -> "pd.DataFrame":
    """Sixty made-up films of thirty patients, half with a lesion."""
    from made_up import make_cases

    return make_cases(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="session")
def trained(cases: "pd.DataFrame") -> "Model":
    """A small model, trained for a moment on made-up films of 64 pixels."""
    from xrlearn.training import train

    return train("fracture", cases, epochs=8, size=64, batch_size=8)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a browser or a notebook take longest and come first, so that the workers end together."""
    long = {item.path for item in items if item.get_closest_marker("browser") or item.get_closest_marker("notebook")}
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish() -> None:
    """What was imported stays: that the collector of garbage looked at it again took a twentieth of the time."""
    gc.collect()
    gc.freeze()
