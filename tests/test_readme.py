"""README tells the truth: its figures are those of the cards, its map is that of the house."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path

import xrlearn as xr
from xrlearn import paths

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_figures_are_those_of_the_cards():
    run = subprocess.run([sys.executable, ROOT / "tools" / "readme_figures.py", "--check"], cwd=ROOT, check=False)
    assert run.returncode == 0, "run: make readme"


def test_it_lists_every_task():
    assert [name for name in xr.tasks().index if f"`{name}`" not in README] == []


def test_its_licence_names_every_model_that_learned_from_films_of_others():
    cards = [json.loads(file.read_text(encoding="utf-8")) for file in paths.WEIGHTS.glob("*.json")]
    learned = {card["task"] for card in cards if card["data"]["licence"] != "Apache-2.0"}
    assert learned
    assert learned == set(re.findall(r"`([a-z-]+)`", README.partition("## Licence")[2].partition("all others")[0]))


def test_its_map_names_every_room():
    rooms = {folder.name for folder in (ROOT / "xrlearn").iterdir() if (folder / "__init__.py").is_file()}
    assert [room for room in sorted(rooms) if f"`xrlearn/{room}/`" not in README] == []


def test_its_pictures_are_small_and_those_that_the_command_makes():
    pages = (ROOT / "README.md", ROOT / "docs" / "class.md")
    shown = {
        page.parent / path for page in pages for path in re.findall(r"!\[[^]]+\]\(([^)]+)\)", page.read_text("utf-8"))
    }
    tool = runpy.run_path(str(ROOT / "tools" / "readme_pictures.py"))
    assert shown == {ROOT / "docs" / "pages" / f"{name}.webp" for name in tool["PICTURES"]}
    assert [file for file in shown if file.stat().st_size > tool["LARGEST"]] == []
