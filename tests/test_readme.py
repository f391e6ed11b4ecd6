"""README tells the truth: its figures are those of the cards, its map is that of the house."""

import subprocess
import sys
from pathlib import Path

import xrlearn as xr

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_figures_are_those_of_the_cards():
    run = subprocess.run([sys.executable, ROOT / "tools" / "readme_figures.py", "--check"], cwd=ROOT, check=False)
    assert run.returncode == 0, "run: make readme"


def test_it_lists_every_task():
    assert [name for name in xr.tasks().index if f"`{name}`" not in README] == []


def test_its_map_names_every_room():
    rooms = {folder.name for folder in (ROOT / "xrlearn").iterdir() if (folder / "__init__.py").is_file()}
    assert [room for room in sorted(rooms) if f"`xrlearn/{room}/`" not in README] == []
