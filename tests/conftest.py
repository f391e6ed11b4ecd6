"""Fixtures that every room's tests share."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from made_up import make_cases

if TYPE_CHECKING:
    from xrlearn.training import Model

REALDATA = Path(__file__).resolve().parents[2] / "shared" / "realdata"


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
def cases(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """Sixty made-up films of thirty patients, half with a lesion."""
    return make_cases(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="session")
def trained(cases: pd.DataFrame) -> "Model":
    """A small model, trained for a moment on made-up films of 64 pixels."""
    from xrlearn.training import train

    return train("fracture", cases, epochs=8, size=64, batch_size=8)
