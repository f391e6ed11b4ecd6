"""The catalogue: everything is said in both languages, all that is asked for is there, all that is there is used."""

import ast
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from textwrap import dedent

import numpy as np
import pytest

from xrlearn import locale, paths
from xrlearn.locale import fonts, plurals

PACKAGE = Path(locale.__file__).resolve().parents[1]
ENTRIES = {f"{room}.{key}": entry for room in locale.rooms() for key, entry in locale.room(room).items()}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
KEY = re.compile(rf"(?:{'|'.join(locale.rooms())})(?:\.[a-z0-9_]+)+")
FILE_NAME = re.compile(r"\.(csv|css|imrmc|ipynb|js|json|npz|py|svg|toml|txt|zip)$|\.id$")  # .id: a column of a database


@cache
def sources() -> tuple[tuple[str, ast.Module], ...]:
    """Every piece of code that a person may meet: the package and the notebooks."""
    found = [(str(file.relative_to(PACKAGE)), file.read_text(encoding="utf-8")) for file in PACKAGE.rglob("*.py")]
    for file in paths.NOTEBOOKS.rglob("*.ipynb"):
        for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                code = "".join(cell["source"])
                found.append((file.name, "\n".join(line for line in code.splitlines() if not line.startswith("%"))))
    return tuple((name, ast.parse(code)) for name, code in found)


def nodes() -> Iterator[tuple[str, ast.AST]]:
    for name, tree in sources():
        for node in ast.walk(tree):
            yield name, node


def literals() -> set[str]:
    return {node.value for _, node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def patterns() -> dict[str, re.Pattern[str]]:
    """f-strings that name keys with some parts left open, as patterns; at least one part must be spelt out."""
    found = {}
    for _, node in nodes():
        if isinstance(node, ast.JoinedStr):
            written = "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
            if (
                re.fullmatch(r"[a-z0-9_.*]+", written)
                and re.search(r"(^|\.)[a-z0-9_]+(\.|$)", written)
                and "." in written
            ):
                found[written] = re.compile(re.escape(written).replace(r"\*", r"[\w.-]+"))
    return found


def named() -> set[str]:
    """What functions are told first: some take the name of a section, and find the entry in it."""
    calls = (node.args[0] for _, node in nodes() if isinstance(node, ast.Call) and node.args)
    return {first.value for first in calls if isinstance(first, ast.Constant) and isinstance(first.value, str)}


@cache
def scripts() -> frozenset[str]:
    """Every word in the scripts that run in the browser: they take a section of the catalogue whole."""
    return frozenset(re.findall(r"\w+", "".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.js"))))


def asked() -> Iterator[tuple[str, str]]:
    """Keys given to ``text`` as they stand, and every other string that can only be a key."""
    for name, node in nodes():
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == "text" and isinstance(node.args[0].value, str) and " " not in node.args[0].value:
                yield name, node.args[0].value
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
            yield name, node.value


def blanks(string: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(string) if field is not None}


def test_both_languages_are_there_with_the_same_blanks():
    assert not {key for key, entry in ENTRIES.items() if set(entry) != set(locale.LANGUAGES)}
    assert not {key for key, entry in ENTRIES.items() if not all(value.strip() for value in entry.values())}
    assert not {key for key, entry in ENTRIES.items() if blanks(entry["en"]) != blanks(entry["zh"])}


def test_chinese_is_chinese_and_english_is_english():
    def words(string: str) -> int:
        return len(re.findall(r"[A-Za-z]{2,}", re.sub(r"{.*?}", "", string)))

    # Without a Chinese character it can only be a symbol, a unit or a name.
    assert not {key for key, entry in ENTRIES.items() if not CHINESE.search(entry["zh"]) and words(entry["zh"]) > 3}
    assert not {key for key, entry in ENTRIES.items() if CHINESE.search(entry["en"])}


def test_chinese_takes_chinese_punctuation():
    assert not {key for key, entry in ENTRIES.items() if re.search(r"[\u4e00-\u9fff][,;?!]", entry["zh"])}


def test_every_key_asked_for_is_there():
    sections = {key.rsplit(".", count)[0] for key in ENTRIES for count in (1, 2)}
    missing = {(where, key) for where, key in asked() if key not in ENTRIES and key not in sections}
    # A string that ends in an underscore is the beginning of an f-string.
    assert not {(where, key) for where, key in missing if not key.endswith("_") and not FILE_NAME.search(key)}


def test_every_key_with_blanks_can_be_there():
    assert not {
        written
        for written, pattern in patterns().items()
        if KEY.fullmatch(written.replace("*", "x")) and not any(pattern.fullmatch(key) for key in ENTRIES)
    }


def test_every_entry_is_used():
    """By its whole name, by its name within its room, through an f-string, by its section, or by a script."""
    said, open_, sections = literals(), patterns(), named()
    prefixes = [value for value in said if KEY.fullmatch(value.rstrip(".")) and value.endswith(".")]

    def used(key: str) -> bool:
        _, _, rest = key.partition(".")
        section, _, last = rest.rpartition(".")
        return (
            bool({key, rest} & said)
            or any(key.removeprefix(prefix) in said for prefix in prefixes if key.startswith(prefix))
            or any(pattern.fullmatch(rest) for pattern in open_.values())
            or any(pattern.fullmatch(key) for written, pattern in open_.items() if set(written.split(".")[1:]) != {"*"})
            or section in sections
            or (section in said and (last in scripts() or set(re.split(r"(?=_)", last)) <= scripts()))
        )

    assert [key for key in ENTRIES if not used(key)] == []


def test_plots_can_draw_every_character_of_the_catalogue():
    """`make font` builds it anew when a character was added that it lacks."""
    ttLib = pytest.importorskip("fontTools.ttLib")
    drawn = set(map(chr, ttLib.TTFont(fonts.FILE).getBestCmap()))
    dejavu = pytest.importorskip("matplotlib.font_manager").findfont("DejaVu Sans")
    drawn |= set(map(chr, ttLib.TTFont(dejavu).getBestCmap()))  # what plots use for all else
    assert fonts.characters(locale.rooms()) <= drawn


def test_a_plot_in_chinese_has_no_missing_glyph():
    """matplotlib warns of a glyph it cannot draw, and warnings are errors here."""
    figure = pytest.importorskip("matplotlib.figure")
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    fonts.use_in_plots()
    drawing = figure.Figure()
    FigureCanvasAgg(drawing)
    drawing.text(0.1, 0.5, "骨折 X 线片 敏感度 −0.5")
    drawing.canvas.draw()


def speaking(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python that finds further languages in a folder."""
    env = os.environ | {"XRLEARN_LANGUAGES": str(folder), "PYTHONPATH": str(PACKAGE.parent)}
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)


class TestAThirdLanguage:
    """It costs a file."""

    def test_is_there_by_its_name_and_says_what_its_file_says_and_the_rest_in_english(self, tmp_path):
        (tmp_path / "pl.toml").write_text(
            '[common]\n"language.name" = "Polski"\n[radiograph]\n'
            '"table.total" = "{good} z {total} {total:plik|pliki|plików}."\n',
            encoding="utf-8",
        )
        code = """
            from xrlearn import locale
            from xrlearn.labs.parts.page import asked_language
            assert locale.LANGUAGES["pl"] == "Polski"
            assert asked_language("lang=pl") == "pl"
            locale.use("pl")
            print(*(locale.text("radiograph.table.total", good=0, total=n) for n in (1, 2, 5)))
            print(locale.text("common.not_for_diagnosis"))
        """
        said, rest = speaking(tmp_path, dedent(code)).stdout.splitlines()
        assert said == "0 z 1 plik. 0 z 2 pliki. 0 z 5 plików."
        assert rest == locale.text("common.not_for_diagnosis", "en")

    def test_the_tool_writes_a_file_that_says_everything(self, tmp_path):
        tool = [sys.executable, str(PACKAGE.parent / "tools" / "make_language.py"), "qq", "Here"]
        written = subprocess.run(
            tool, env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)}, capture_output=True, text=True, check=True
        ).stdout
        read = tomllib.loads(written)
        assert {f"{room}.{key}" for room, entries in read.items() for key in entries} == set(ENTRIES)
        assert read["common"]["language.name"] == "Here"


class TestPlurals:
    @pytest.mark.parametrize(("n", "said"), [(1, "1 of 1 file was read."), (3, "1 of 3 files were read.")])
    def test_english_has_two(self, n, said):
        assert locale.text("radiograph.table.total", "en", good=1, total=n) == said

    def test_numbers_of_numpy_count(self):
        assert "file was" in locale.text("radiograph.table.total", "en", good=np.int64(1), total=np.int64(1))

    def test_other_formats_are_as_ever(self):
        assert f"{plurals.counted(1234, 'en'):,} {plurals.counted(True, 'en')} {plurals.counted(0.5, 'en'):.0%}" == (
            "1,234 True 50%"
        )

    def test_a_language_that_nobody_knows_counts_as_english(self):
        assert plurals.form(1, ["film", "films"], "qq") == "film"

    def test_every_language_gives_as_many_forms_as_it_has(self):
        """A translation that has only begun may still have those of English."""
        for key, entry in ENTRIES.items():
            for lang, string in entry.items():
                wanted = len(plurals.kinds(lang))
                for _, field, spec, _ in Formatter().parse(string):
                    if field and "|" in (spec or ""):
                        given = len(spec.split("|"))
                        assert given == wanted or (given < wanted and lang not in locale.WRITTEN), (key, lang)

    def test_the_kinds_of_plural_are_those_of_cldr(self):
        assert plurals.kinds("pl") == ["one", "few", "many", "other"]
        assert plurals.kinds("zh") == ["other"]


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="en, zh"):
        locale.use("xx")
    assert locale.language() == "en"


def test_chinese_has_one_word_for_sensitivity():
    root = Path(locale.__file__).parents[2]
    texts = [*Path(locale.__file__).parent.glob("*.toml"), *(root / "notebooks" / "source").glob("*.py")]
    assert any("敏感度" in file.read_text(encoding="utf-8") for file in texts)
    assert [file.name for file in texts if "灵敏" in file.read_text(encoding="utf-8")] == []
