"""Published data, and studies drawn for a test."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

# Other work on the machine must not fail a test: no deadline for the single example.
settings.register_profile("statistics", deadline=None, max_examples=60)
settings.load_profile("statistics")

DATA = Path(__file__).resolve().parent / "data"


@pytest.fixture(scope="session")
def published() -> Callable[[str], pd.DataFrame]:
    """Return a published data set by name (see data/SOURCES.md)."""
    return lambda name: pd.read_csv(DATA / f"{name}.csv")
