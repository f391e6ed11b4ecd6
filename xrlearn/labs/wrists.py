"""The films that lessons train on: simulated adult wrists, cut to the distal radius, whole or broken.

A whole wrist of 64 pixels shows no fracture line, and no network could learn it; cut to the joint, as Urakawa and
others cut their hips (Skeletal Radiology 2019; 48:239-244), a network of a few thousand numbers can. The landmarks of a
simulated film tell where the joint is.
"""

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .filmed import Lesion, filmed
from .once import Arrays, worked_out

if TYPE_CHECKING:
    import pandas as pd

    from ..phantom import Truth
    from ..phantom.cohort import Cohort
    from ..progress import Progress
    from ..radiograph import Radiograph
    from .parts import Page

#: every second film is whole; fractures that lie outside the cut (scaphoid) or only in children (torus) are left out
MIX = {"none": 0.5, "colles": 0.17, "smith": 0.16, "undisplaced": 0.17}
ROWS = 160  # of the whole film
READING_ROWS = 1024  # of the whole film, where people read it
SHARE = 0.42  # of these rows, the side of the cut
_BLUR = 5.0  # pixels of the whole film, where a marker was painted over
#: films of a lesson; fewer make it quicker
FILMS = int(os.environ.get("XRLEARN_LESSON_FILMS", "480"))
#: how hard to see the fractures are: on 480 films the best small network then has an AUC of 0.80 to 0.88 and a poor one
#: of 0.6, so that choosing is worth its while; fewer films teach less, and show plainer fractures
SUBTLETY = (0.0, round(0.4 * min(1.0, FILMS / 480), 2))
#: how many of the films each set takes
SPLIT = {"train": 0.5, "valid": 0.25, "test": 0.25}


@dataclass(frozen=True)
class Wrists:
    """Films ready for a tiny network, and all that is known of them.

    Attributes
    ----------
    cases : pandas.DataFrame
        One row a film, each of another patient: ``image``, ``truth`` (paths), ``split``, ``fracture``, ``boxes``,
        ``landmarks``, ``lesion``, ``age``, ``side``, ``subtlety`` ...
    films : ndarray of uint8, (films, size, size)
    cuts : ndarray of int, (films, 4)
        Where the cut lies in the whole film: row0, column0, row1, column1; it may reach beyond the film's edge.
    cohort : Cohort or None
        What the films were made from.
    """

    cases: "pd.DataFrame"
    films: NDArray[np.uint8] = field(repr=False)
    cuts: NDArray[np.int64] = field(repr=False)
    cohort: "Cohort | None" = None

    @property
    def truth(self) -> NDArray[np.int64]:
        """0 whole, 1 broken, (films,)."""
        return self.cases["fracture"].to_numpy(dtype=np.int64)

    def among(self, split: str) -> NDArray[np.int64]:
        """Return the numbers of the films in one set: ``"train"``, ``"valid"`` or ``"test"``."""
        return np.flatnonzero(self.cases["split"] == split)

    def closely(self, number: int, rows: int = READING_ROWS, marked: bool = True) -> "tuple[Radiograph, list[Lesion]]":
        """Film a patient once more for people to read, with so many rows: the same cut, and the fractures in it.

        Films that were not made from a cohort are returned as they are, without fractures. For `marked` see
        :func:`load`.
        """
        from ..radiograph import Radiograph

        if self.cohort is None:
            return Radiograph(self.films[number].astype(np.float32) / 255), []
        cohort = self.cohort
        of = cohort.key(), int(number), rows, marked
        return filmed(of, [__file__], lambda: self._filmed(cohort, number, rows, marked))

    def _filmed(self, cohort: "Cohort", number: int, rows: int, marked: bool) -> "tuple[Radiograph, list[Lesion]]":
        film, truth = next(replace(cohort, size=rows).films(number, cohort.n))
        row0, column0, row1, column1 = cut(truth.landmarks, film.pixels.shape[0])
        side = row1 - row0
        pixels = film.pixels if marked else _unmarked(film.pixels, truth)
        beyond = np.pad(pixels, side)  # the cut may reach over the film's edge
        square = beyond[row0 + side : row1 + side, column0 + side : column1 + side]
        boxes: list[Lesion] = [
            (max(a - row0, 0), max(b - column0, 0), min(c - row0, side), min(d - column0, side))
            for a, b, c, d in truth.boxes
        ]
        return replace(film, pixels=square), boxes


def cut(landmarks: Mapping[str, tuple[float, float]], rows: int) -> tuple[int, int, int, int]:
    """Return the square around the distal radius of a wrist film: row0, column0, row1, column1.

    Examples
    --------
    >>> cut({"radial styloid": (80.0, 80.0), "ulnar corner of radius": (90.0, 50.0)}, 160)
    (63, 31, 131, 99)
    """
    (r0, c0), (r1, c1) = landmarks["radial styloid"], landmarks["ulnar corner of radius"]
    half = round(SHARE * rows / 2)
    row, column = round((r0 + r1) / 2 + 0.35 * half), round((c0 + c1) / 2)
    return row - half, column - half, row + half, column + half


def cohort_of(
    n: int = FILMS,
    seed: int = 0,
    site: str | None = "modern_dr",
    subtlety: float | tuple[float, float] = SUBTLETY,
) -> "Cohort":
    """Return which films of the simulator a lesson's are; the parameters are those of :func:`load`."""
    from ..phantom.cohort import Cohort

    return Cohort("wrist", n, seed, ROWS, site=site, subtlety=subtlety, mix=MIX)


def load(
    n: int = FILMS,
    *,
    size: int = 64,
    seed: int = 0,
    site: str | None = "modern_dr",
    subtlety: float | tuple[float, float] = SUBTLETY,
    marked: bool = True,
    progress: "Progress | None" = None,
) -> Wrists:
    """Return `n` films; they are made once and kept, or ship with the package (:mod:`xrlearn.tasks.ready`).

    Parameters
    ----------
    n : int
        Films; the first half trains, a quarter each validates and tests.
    size : int
        Side of the square that a network sees, in pixels.
    seed, site, subtlety
        Which patients, which hospital, how hard to see the fractures are: see :class:`xrlearn.phantom.Cohort`.
    marked : bool
        Without, the side marker is painted over with what surrounds it: no letter tells left from right.
    progress : callable, optional
        Told (films made, films in all); if it returns True, the work stops.

    Raises
    ------
    xrlearn.progress.Stopped
        If `progress` stopped it.
    """
    from ..data import read_source
    from ..tasks.ready import kept

    cohort = cohort_of(n, seed, site, subtlety)
    folder = kept(cohort, progress)
    cases = read_source(folder)
    cases["truth"] = [str(folder / name) for name in cases["truth"]]
    ends = np.cumsum([round(n * share) for share in SPLIT.values()])
    cases["split"] = np.array([*SPLIT, "test"])[np.searchsorted(ends, np.arange(n), side="right")]
    squares = worked_out("squares", (cohort.key(), size, marked), [__file__], lambda: _squares(cases, size, marked))
    return Wrists(cases, squares["films"].astype(np.uint8), squares["cuts"].astype(np.int64), cohort)


def _squares(cases: "pd.DataFrame", size: int, marked: bool) -> "Arrays":
    """Read films and cut them to what a network sees; return ``films`` and ``cuts``, see :class:`Wrists`."""
    from PIL import Image

    from ..phantom import Truth

    films, cuts = np.empty((len(cases), size, size), np.uint8), np.empty((len(cases), 4), np.int64)
    for i, (image, landmarks) in enumerate(zip(cases["image"], cases["landmarks"], strict=True)):
        with Image.open(image) as stored:
            film: Image.Image = stored
            cuts[i] = cut(landmarks, film.height)
            row0, column0, row1, column1 = map(int, cuts[i])
            if not marked:
                truth = Truth.from_json(Path(cases["truth"][i]).read_text(encoding="utf-8"))
                film = Image.fromarray(np.rint(_unmarked(np.asarray(film), truth)).astype(np.uint8))
            square = film.crop((column0, row0, column1, row1))
        films[i] = np.asarray(square.resize((size, size), Image.Resampling.BILINEAR))
    return {"films": films, "cuts": cuts}


def _unmarked(grey: "NDArray[Any]", truth: "Truth") -> "NDArray[np.float32]":
    """Paint over the side marker and a rim around it with the nearest pixels outside, blurred so that no edge stays."""
    from scipy import ndimage

    near = grey.shape[0] / ROWS  # of a larger film the rim and the blur are so much wider
    marker, whole = truth.mask("marker"), np.asarray(grey, np.float32)
    if not marker.any():
        return whole
    # Beyond the blur's four standard deviations and the rim nothing changes.
    reach = math.ceil((4 * _BLUR + 3) * near) + 1
    place = tuple(slice(max(int(at.min()) - reach, 0), int(at.max()) + reach + 1) for at in np.nonzero(marker))
    grey, marker = whole[place], ndimage.binary_dilation(marker[place], iterations=round(2 * near))
    row, column = ndimage.distance_transform_edt(marker, return_distances=False, return_indices=True)
    around = ndimage.gaussian_filter(grey[row, column].astype(np.float32), _BLUR * near)
    share = marker.astype(np.float32)
    if near > 1:  # what people read has no edge there: the rim goes over into the film
        share = np.clip(ndimage.distance_transform_edt(marker) / (2 * near), 0, 1).astype(np.float32)
    whole = whole.copy()
    whole[place] = share * around + (1 - share) * grey
    return whole


def load_behind(page: "Page", n: int = FILMS, **wishes: object) -> Wrists | None:
    """Do what :func:`load` does for a page, in a thread of it: with its progress strip, and None when stopped."""
    from ..progress import Stopped

    progress = page.progress

    def made(done: int, _: int) -> bool:
        progress.advance(done - progress.done)
        return progress.stop_requested

    with progress.start(n, "lesson.films.making", films=n):
        try:
            return load(n, progress=made, **wishes)  # type: ignore[arg-type]  # handed on as they came
        except Stopped:
            page.say("lesson.films.stopped", kind="note")
            return None
