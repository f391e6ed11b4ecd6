"""Real servers on loopback: one over this repository's notebooks, and others over notebooks written for a test."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest
from browser import chromium, page
from pseudo import made_up_language
from serving import SERVE, Served, run, serving

__all__ = ["chromium", "page"]


@pytest.fixture(scope="session")
def dashboards(tmp_path_factory) -> Iterator[Served]:
    """``xrlearn run`` over the notebooks of this repository, with its own store of studies and a made-up language."""
    machine = os.environ | {
        "XRLEARN_DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('studies') / 'studies.db'}",
        "XRLEARN_LANGUAGES": str(made_up_language(tmp_path_factory.mktemp("languages"))),
        "XRLEARN_LESSON_FILMS": "160",
    }
    with run(8970, machine) as served:
        yield served


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("notebooks")


@pytest.fixture(scope="module")
def served(notebooks: Path) -> Iterator[Served]:
    """A server over notebooks that the tests of one file write."""
    with serving(SERVE, "8980", str(notebooks)) as running:
        yield running


@pytest.fixture(scope="module")
def write(notebooks: Path) -> Callable[..., str]:
    """Write a notebook of code cells (or of markdown, where a cell begins with #); return its name."""

    def write(name: str, *cells: str, **metadata) -> str:
        make = (nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell)
        book = nbformat.v4.new_notebook(cells=[make[cell.startswith("#")](dedent(cell)) for cell in cells])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        book.metadata["xrlearn"] = metadata
        nbformat.write(book, notebooks / f"{name}.ipynb")
        return name

    return write
