"""What every test of a lab gets: a browser, a server, and no failure that goes unseen."""

from collections.abc import Iterator

import pytest
from browser import chromium, page, voila
from pack import environment, make_pack
from pseudo import made_up_language
from serving import Served, run

from xrlearn.labs.parts import failures

__all__ = ["chromium", "page", "voila"]


@pytest.fixture(autouse=True)
def no_failures():
    """A callback that raised fails its test; one that means to raise empties the list itself."""
    failures.clear()
    yield
    assert not failures, "\n".join(failure.details for failure in failures)


@pytest.fixture(scope="session")
def longer(tmp_path_factory) -> dict[str, str]:
    """The variable by which a server's pages speak a longer, made-up language, too."""
    return {"XRLEARN_LANGUAGES": str(made_up_language(tmp_path_factory.mktemp("languages")))}


@pytest.fixture(scope="session")
def lessons(tmp_path_factory, longer) -> Iterator[Served]:
    """Every page of this repository, on a machine with 160 made-up films and as many simulated ones in a lesson."""
    scratch = tmp_path_factory.mktemp("lessons")
    machine = environment(make_pack(scratch / "films"), scratch) | longer | {"XRLEARN_LESSON_FILMS": "160"}
    machine.pop("XDG_CACHE_HOME")  # what this machine has made before need not be made again
    with run(8950, machine) as served:
        yield served
