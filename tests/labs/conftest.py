"""What every test of a lab gets: a browser, a server, and no failure that goes unseen."""

import pytest
from browser import chromium, page, voila

from xrlearn.labs.parts import failures

__all__ = ["chromium", "page", "voila"]


@pytest.fixture(autouse=True)
def no_failures():
    """A callback that raised fails its test; one that means to raise empties the list itself."""
    failures.clear()
    yield
    assert not failures, "\n".join(failure.details for failure in failures)
