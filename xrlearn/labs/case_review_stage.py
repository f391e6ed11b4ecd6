"""The film on the case review's stage, and beside it what else there is of the patient."""

from typing import TYPE_CHECKING

from ipywidgets import Box

from .case_review_film import Film
from .case_review_panels import caption
from .parts import Viewer

if TYPE_CHECKING:
    from ..radiograph import Radiograph

TOOLS = ["window", "pan", "measure", "angle", "lines", "mark"]


class Stages(Box):
    """One viewer for the film under review, and one each for further films of the patient, made once.

    Attributes
    ----------
    viewer : Viewer
        Of the film under review; `children` holds all that are in use, this one first.
    """

    def __init__(self) -> None:
        self.viewer = Viewer(tools=TOOLS)
        self._beside: list[Viewer] = []
        super().__init__([self.viewer])
        self.add_class("xr-stages")

    def show(self, film: Film) -> None:
        """Show a film, and further films of the patient beside it; a record without a film leaves all as it is."""
        if film.radiograph is None:
            return
        self.retake(film.radiograph)
        others = self._others(film)
        for viewer, radiograph in others:
            _show(viewer, radiograph)
        for viewer in self._beside[len(others) :]:
            viewer.clear()
        self.set_trait("children", (self.viewer, *(viewer for viewer, _ in others)))
        self.say_which(film)

    def retake(self, radiograph: "Radiograph") -> None:
        """Show the film under review as it is now; what lies beside it stays."""
        _show(self.viewer, radiograph)

    def expect(self, film: Film) -> None:
        """Send ahead a film that the reader will ask for next."""
        if film.radiograph is not None:
            self.viewer.expect(film.radiograph)
            for viewer, radiograph in self._others(film):
                viewer.expect(radiograph)

    def clear(self) -> None:
        """Take all films away."""
        for viewer in (self.viewer, *self._beside):
            viewer.clear()
        self.set_trait("children", (self.viewer,))

    def say_which(self, film: Film) -> None:
        """Write on each of several films what it is, in the language in use."""
        several = len(self.children) > 1
        for one, viewer in zip((film, *film.beside), self.children, strict=False):
            viewer.caption = caption(one) if several else ""

    def _others(self, film: Film) -> "list[tuple[Viewer, Radiograph]]":
        films = [one.radiograph for one in film.beside if one.radiograph is not None]
        while len(self._beside) < len(films):
            self._beside.append(Viewer(tools=TOOLS[:-1]))
        return list(zip(self._beside, films, strict=False))


def _show(viewer: Viewer, film: "Radiograph") -> None:
    viewer.show(film)
    if film.spacing_mm is not None:
        viewer.scale = "calibrated" if film.spacing_kind == "calibrated" else "detector"
