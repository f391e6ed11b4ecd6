"""In a made-up language (see pseudo.py) a page says nothing plain: what it does is not in the catalogue."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pseudo import accented, made_up_language

ROOT = Path(__file__).resolve().parents[2]

#: every page as it is first drawn, and what its widgets say
PAGES = """
import html, json, os, pkgutil, re, sys
from importlib import import_module
import xrlearn.labs
from xrlearn.labs.lab import Lab

pages = {"Home", "CaseReviewPage", "ReaderStudyPage", "StudyResultsPage", "TrainingLab"}
modules = [import_module(f"xrlearn.labs.{found.name}") for found in pkgutil.iter_modules(xrlearn.labs.__path__)]
ways = [thing for module in modules for name, thing in vars(module).items()
        if isinstance(thing, type) and thing.__module__ == module.__name__
        and (issubclass(thing, Lab) and thing is not Lab or name in pages)]

def said(widget, seen):
    if widget in seen:
        return
    seen.add(widget)
    for trait in ("value", "description", "tooltip", "placeholder"):
        words = getattr(widget, trait, None)
        if isinstance(words, str) and not (trait == "value" and hasattr(widget, "_options_labels")):
            yield html.unescape(re.sub("<style.*?</style>|<[^>]*>", " ", words, flags=re.DOTALL))
    yield from (label for label in getattr(widget, "_options_labels", ()) if isinstance(label, str))
    for inner in getattr(widget, "children", ()):
        yield from said(inner, seen)

told = {way.__name__: list(said(way().page, set())) for way in ways}
sys.stdout.write(json.dumps(told))
sys.stdout.flush()
os._exit(0)  # what works behind the pages is not waited for
"""

#: names, not words: formats, abbreviations, what is joined by dots, dashes or digits, and words of up to three letters
NOT_OURS = re.compile(r"[A-Z]{2,}s?|\w*[\d_./-][\w./-]*|\w{1,3}|English|xrlearn|evaluate|python|AlexNet|GoogLeNet")


def test_accents_leave_blanks_alone():
    assert accented("{n} {n:film|films} read, {share:.0%}") == "{n} {n:fíílm|fíílms} rééáád, {share:.0%}"


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> dict[str, list[str]]:
    """What every page says, by the name of its class."""
    folder = made_up_language(tmp_path_factory.mktemp("languages"))
    more = {
        "XRLEARN_LANGUAGES": str(folder),
        "XRLEARN_LANG": "qq",
        "XRLEARN_DATABASE_URL": f"sqlite:///{folder / 'studies.db'}",
        "PYTHONPATH": str(ROOT),
    }
    run = subprocess.run([sys.executable, "-c", PAGES], env=os.environ | more, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()[-2000:]
    return json.loads(run.stdout)


def test_every_page_is_among_them(told):
    assert {"Home", "CaseReviewPage", "ReaderStudyPage", "StudyResultsPage", "TrainingLab", "SeesLab"} <= told.keys()
    assert len(told) == 12
    assert all("é" in " ".join(words) for words in told.values())


def test_every_word_of_a_page_comes_from_the_catalogue(told):
    plain = {}
    for page, pieces in told.items():
        words = {word for piece in pieces for word in re.findall(r"[\w./-]+", piece)}
        strange = {word for word in words if re.search(r"[aeiou]", word) and not NOT_OURS.fullmatch(word)}
        if strange:
            plain[page] = sorted(strange)
    assert plain == {}
