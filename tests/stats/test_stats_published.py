"""Every published figure, to the digits printed; the page that shows them is up to date."""

import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = runpy.run_path(str(ROOT / "benchmarks" / "published.py"))
ROWS = list(PUBLISHED["rows"]())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.topic}: {row.what}")
def test_ours_rounds_to_what_was_printed(row):
    assert row.agrees, f"{row.source} prints {row.printed}, we compute {row.ours!r}"


def test_page_lists_every_figure():
    page = (ROOT / "docs" / "statistics.md").read_text(encoding="utf-8")
    assert page.splitlines()[0] == "# Statistics: published results beside ours"
    for row in ROWS:
        assert f"| {row.what} | {row.printed} |" in page


def test_a_wrong_figure_would_be_noticed():
    row = ROWS[0]
    assert not row._replace(ours=row.ours + 1e-6).agrees
