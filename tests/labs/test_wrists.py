"""The films of the lessons: cut to the joint, known in truth, stoppable."""

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from xrlearn.labs import wrists
from xrlearn.labs.parts import Page
from xrlearn.phantom import Truth
from xrlearn.progress import Stopped


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def films(cache):
    return wrists.load(12, size=48)


def test_every_set_has_its_share_and_both_answers_occur(films):
    assert films.films.shape == (12, 48, 48)
    assert [len(films.among(split)) for split in wrists.SPLIT] == [6, 3, 3]
    assert set(films.truth) == {0, 1}
    assert set(films.cases["lesion"]) <= set(wrists.MIX)


def test_the_cut_holds_the_fracture(films):
    for path, (row0, column0, row1, column1) in zip(films.cases["truth"], films.cuts, strict=True):
        for r0, c0, r1, c1 in Truth.from_json(Path(path).read_text()).boxes:
            row, column = (r0 + r1) / 2, (c0 + c1) / 2
            assert row0 < row < row1
            assert column0 < column < column1


def test_a_patient_is_filmed_again_for_people_to_read(films):
    """The same cut of the same wrist with more pixels, its fracture where the small film has it."""
    from PIL import Image

    for number in range(6):
        film, boxes = films.closely(number, rows=640)
        side = film.pixels.shape[0]
        assert film.pixels.shape == (side, side)
        assert side > 5 * films.films.shape[1]
        small = np.asarray(Image.fromarray(film.pixels).resize((48, 48), Image.Resampling.BOX))
        assert np.corrcoef(small.ravel(), films.films[number].ravel())[0, 1] > 0.9
        assert bool(boxes) == bool(films.cases["boxes"][number])
        for row0, column0, row1, column1 in boxes:
            assert 0 <= row0 < row1 <= side
            assert 0 <= column0 < column1 <= side
    assert films.closely(0, rows=320)[0].spacing_mm[0] > films.closely(0, rows=640)[0].spacing_mm[0]


def test_the_same_wish_gives_the_same_films(films):
    assert np.array_equal(wrists.load(12, size=48).films, films.films)


def test_it_can_be_stopped_and_says_so():
    with pytest.raises(Stopped):
        wrists.load(5, seed=3, progress=lambda done, _: True)

    class Impatient(Page):
        """Its stop button is pressed as soon as there is one."""

        def stop(self, change):
            self.progress.stop()

    page = Impatient("common.not_for_diagnosis")
    page.progress._bar.observe(page.stop, "value")
    assert wrists.load_behind(page, 5, seed=3) is None
    assert "Stopped" in page.message
    assert wrists.load(5, seed=3).films.shape[0] == 5


def test_without_its_marker_a_film_is_the_same_but_for_the_letter():
    """Painted over: nothing as bright as lead is left there, and all that lies apart from it is untouched."""
    from PIL import Image

    with_letter, without = wrists.load(12, size=160), wrists.load(12, size=160, marked=False)
    for i, path in enumerate(without.cases["truth"]):
        truth = Truth.from_json(Path(path).read_text())
        with Image.open(without.cases["image"][i]) as stored:
            before, after = np.asarray(stored), wrists._unmarked(np.asarray(stored), truth)
        changed = before != after
        marker = truth.mask("marker")
        assert not changed[~ndimage.binary_dilation(marker, iterations=3)].any()
        if marker.any():
            assert after[marker].max() < before[marker].max()
    assert (with_letter.cuts == without.cuts).all()
