"""The film of a lab: a viewer whose film is made behind the page, large enough to be read."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ipywidgets import VBox

from .latest import Latest
from .viewer import Viewer

if TYPE_CHECKING:
    from xrlearn.radiograph import Radiograph

    from .page import Page

Box = tuple[float, float, float, float]


class Stage(VBox):
    """A viewer that stays in sight while its controls are moved, and dims its film while another one is made.

    Attributes
    ----------
    viewer : Viewer
    number : int or None
        The film that was made last; None before the first.
    film, boxes : Radiograph, sequence of (row0, column0, row1, column1)
        The film itself, and its lesions.
    filming : Latest
        What makes films, the latest that was asked for.
    """

    def __init__(
        self,
        page: "Page",
        make: "Callable[[int], tuple[Radiograph, Sequence[Box]]]",
        show: Callable[[], object] | None = None,
        tools: tuple[str, ...] = ("window", "pan", "measure"),
        height: int = 560,
    ) -> None:
        """Have films shown.

        Parameters
        ----------
        page : Page
            The lab's page; films are made in a thread of it.
        make : callable
            Makes film number so and so, and tells where its lesions are.
        show : callable, optional
            Shows :attr:`film` on :attr:`viewer`, with whatever belongs over it; :meth:`draw` if left out.
        tools : tuple of str
            Of the viewer.
        height : int
            Pixels of the viewer.
        """
        self.viewer = Viewer(tools=list(tools), height=height)
        self.number: int | None = None
        self._asked: int | None = None
        self.film: Radiograph | None = None
        self.boxes: Sequence[Box] = ()
        self._make, self._show = make, show or self.draw
        self.filming: Latest[int] = Latest(self._take, page.run)
        super().__init__([self.viewer])
        self.add_class("xr-stack").add_class("xr-in-sight")

    def ask(self, number: int) -> None:
        """Have a film shown, as soon as it is made; one that is being made already is not made twice."""
        if self.viewer.outdated and self._asked == number:
            return
        self._asked = number
        self.viewer.outdated = True
        self.filming.ask(number)

    def draw(self) -> None:
        """Show the film, and its lesions over it."""
        assert self.film is not None
        self.viewer.show(self.film)
        self.viewer.boxes = list(self.boxes)

    def _take(self, number: int) -> None:
        try:
            self.film, self.boxes = self._make(number)
            self.number = number
            self._show()
        finally:
            self.viewer.outdated = self.filming.overtaken
