"""The archive in memory, named by the environment."""

from collections.abc import Iterator

import pytest
from archived import STUDY, film
from browser import chromium
from dicomweb import Kept, archive

__all__ = ["chromium"]


@pytest.fixture
def small(monkeypatch) -> Iterator[Kept]:
    """An archive with two films of Jane Roe and a tomogram."""
    with archive() as (address, kept):
        monkeypatch.setenv("XRLEARN_PACS_URL", address)
        for instance in (1, 2):
            kept.add(film(instance))
        kept.add(film(3, series=f"{STUDY}.2", Modality="CT"))
        yield kept
