import tomllib

import pytest

from xrlearn import locale, paths
from xrlearn.data import DataError
from xrlearn.data.cards import data_card, names
from xrlearn.data.labels import LABELS
from xrlearn.data.layouts import LAYOUTS
from xrlearn.data.registers import REGISTERS
from xrlearn.tasks import find


def test_every_layout_has_a_card_and_every_card_a_layout():
    assert set(names()) == {*LAYOUTS, *REGISTERS}


@pytest.mark.parametrize("name", [*LAYOUTS, *REGISTERS])
def test_card(name):
    c = data_card(name)
    asked = {find(task).label for task in c.tasks} if name in REGISTERS else {*LABELS}
    assert set(c.mapping.values()) & asked, "at least one label is mapped"
    assert bool(c.views) == (name in LAYOUTS)
    for text in (c.title, c.licence.sentence, c.how_to):
        locale.use("en")
        english = str(text)
        locale.use("zh")
        assert str(text) != english
        assert any("\u4e00" <= char <= "\u9fff" for char in str(text))
    assert f"xrlearn data {'get' if c.access == 'download' else 'import'} {name}" in c.how_to.root["en"]
    for label, published in c.labels.items():
        assert set(map(int, published.counts)) <= set(range(int(LABELS[label].high) + 1))
        if published.counted != "studies":
            assert sum(published.counts.values()) == c.images
    assert (paths.DATASETS / name / "README.md").read_text(encoding="utf-8").count("\n") > 5


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('access = "download"', 'access = "form"'),
        ("images = 4083", 'images = "many"'),
        ("sha256:", "sha257:"),
        ('doi = "10.', 'doi = "http://10.'),
        ('name = "fracatlas"', 'name = "atlas"'),
        ('name = "FracAtlas.zip"', 'name = "../FracAtlas.zip"'),
        ("[licence]", "[license]"),
        ("[title]", "[title"),
    ],
)
def test_a_wrong_card_is_refused(tmp_path, monkeypatch, old, new):
    text = (paths.DATASETS / "fracatlas" / "card.toml").read_text(encoding="utf-8")
    assert old in text
    monkeypatch.setattr(paths, "DATASETS", tmp_path)
    (tmp_path / "fracatlas").mkdir()
    (tmp_path / "fracatlas" / "card.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError, match="fracatlas is not valid"):
        data_card("fracatlas")


def test_no_pixels_are_kept_beside_the_cards():
    kinds = {file.suffix for file in paths.DATASETS.rglob("*") if file.is_file() and "films" not in file.parts}
    assert kinds <= {".toml", ".md"}
    assert all(tomllib.loads(f.read_text(encoding="utf-8")) for f in paths.DATASETS.glob("*/card.toml"))
