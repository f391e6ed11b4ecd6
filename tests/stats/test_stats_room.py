"""The room as a whole: its names, its lightness, its words."""

import ast
import re
import string
import subprocess
import sys
from pathlib import Path

import pytest

from xrlearn import locale, stats

FOLDER = Path(stats.__file__).parent
FIXED = {
    *("auc", "auc_ci", "delong_test", "proportion_ci", "mcnemar", "cohen_kappa", "fleiss_kappa", "icc"),
    *("bland_altman", "brier", "calibration", "net_benefit", "mrmc"),
}


@pytest.mark.parametrize("name", sorted(FIXED))
def test_fixed_names_are_there(name):
    assert callable(getattr(stats, name))


def test_every_public_name_is_documented_and_none_is_hidden_by_a_file():
    files = {path.stem for path in FOLDER.glob("*.py")}
    for name in stats.__all__:
        assert getattr(stats, name).__doc__
        assert name not in files


def test_importing_the_room_loads_nothing():
    code = "import sys, xrlearn.stats; print(sorted({'numpy', 'scipy', 'pandas', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_using_the_whole_room_needs_neither_torch_nor_widgets():
    code = (
        "import sys, xrlearn.stats as s; [getattr(s, n) for n in s.__all__];"
        "print(sorted({'torch', 'fastai', 'ipywidgets'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_sentence_is_in_both_languages_with_the_same_placeholders():
    entries = locale.room("stats")
    for key, entry in entries.items():
        assert set(entry) == {"en", "zh"}, key
        fields = [{name for _, name, _, _ in string.Formatter().parse(entry[lang]) if name} for lang in entry]
        assert fields[0] == fields[1], key


def test_every_error_raised_has_its_sentence_and_every_sentence_is_used():
    raised = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "StatsError":
                raised.add(node.args[0].value)
    in_catalogue = {key.removeprefix("error.") for key in locale.room("stats") if key.startswith("error.")}
    assert raised == in_catalogue


def test_an_error_speaks_the_language_in_use():
    with pytest.raises(ValueError, match="1 diseased and 0 normal") as caught:
        stats.auc([1], [1])
    locale.use("zh")
    assert re.search("患病 1 例、正常 0 例", str(caught.value))
