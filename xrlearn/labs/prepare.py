"""What the lessons make when first opened, made ahead of a class: bones, films, and what a network sees in them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..locale import text

if TYPE_CHECKING:
    import pandas as pd

    from ..progress import Progress
    from .lab import Lab


@dataclass(frozen=True)
class Piece:
    """One piece of the work. What was made before is found again, and takes no time.

    Attributes
    ----------
    name : str
        Its key in the catalogue, below ``cli.prepare.piece``.
    make : callable
        Makes it; told a progress function, which it calls with (done, in all) and which returns True to stop it.
    """

    name: str
    make: Callable[["Progress"], object]

    @property
    def title(self) -> str:
        """What is made, in the language in use.

        Examples
        --------
        >>> pieces()[0].title
        'bones of every region'
        """
        return text(f"cli.prepare.piece.{self.name}")


def pieces() -> tuple[Piece, ...]:
    """Return all that the lessons and the case review make for themselves, in the order in which it is wanted.

    Examples
    --------
    >>> [piece.name for piece in pieces()]
    ['bones', 'wrists', 'elsewhere', 'shelf', 'review', 'study', 'detector', 'pages']
    """
    return (
        Piece("bones", _bones),
        Piece("wrists", _wrists),
        Piece("elsewhere", _elsewhere),
        Piece("shelf", _shelf),
        Piece("review", _review),
        Piece("study", _study),
        Piece("detector", _detector),
        Piece("pages", _pages),
    )


def _bones(progress: "Progress") -> None:
    from ..phantom import make, region_names
    from ..progress import Stopped
    from ..tasks.ready import bones

    bones()
    regions = region_names()
    for done, region in enumerate(regions, 1):
        make(region, size=64)
        if progress(done, len(regions)) is True:
            raise Stopped


def _wrists(progress: "Progress") -> None:
    from .wrists import load

    load(progress=progress)


def _elsewhere(progress: "Progress") -> None:
    from .augment_state import ELSEWHERE, OTHER_SITE
    from .wrists import load

    load(ELSEWHERE, seed=1, site=OTHER_SITE, progress=progress)


def _shelf(progress: "Progress") -> None:
    from .machine_sees_state import load

    load(progress)


def _review(progress: "Progress") -> None:
    from ..progress import Stopped
    from ..tasks import SIMULATED, load, source_of
    from ..tasks.reading import ReadingFilms
    from .case_review_films import MADE
    from .case_review_state import FIRST

    if source_of(FIRST) != SIMULATED:
        load(FIRST)
        return
    films = ReadingFilms(FIRST, MADE, every_view=True)
    for place in range(MADE):
        films.make(place)
        if progress(place + 1, MADE) is True:
            raise Stopped


def _study(progress: "Progress") -> None:
    from ..readers import films
    from .reader_study_state import Plan

    protocol = Plan("a study as the form proposes it").protocol()
    films(protocol, progress)


def _detector(progress: "Progress") -> None:
    from ..training.frozen_features import features
    from .train_fracture import SIMULATED_FILMS, SIMULATED_SIZE, TASK
    from .train_fracture_state import choose

    chosen = choose(_films(TASK, progress, n=SIMULATED_FILMS, size=SIMULATED_SIZE))
    features(chosen["image"].tolist(), progress=lambda done, total: progress(done, total) is True)


def _pages(progress: "Progress") -> None:
    """Open every lesson once, without a browser: the films it shows first, and what its network says, are kept."""
    from ..progress import Stopped

    opened = labs()
    for done, lab in enumerate(opened, 1):
        begin(lab())
        if progress(done, len(opened)) is True:
            raise Stopped


def labs() -> "tuple[type[Lab], ...]":
    """Return the labs that train or film something when they are opened, and do nothing else that takes long."""
    from .augment import AugmentLab
    from .black_box import BlackBoxLab
    from .bone_age import BoneAgeLab
    from .choose_network import ChoiceLab
    from .machine_sees import SeesLab
    from .overfit import OverfitLab
    from .shortcuts import ShortcutsLab

    return SeesLab, ChoiceLab, AugmentLab, OverfitLab, BlackBoxLab, ShortcutsLab, BoneAgeLab


def begin(lab: "Lab", seconds: float = 300) -> None:
    """Have a lab do what it does when its page is opened, and wait until it is done."""
    from .parts.latest import Latest
    from .parts.stage import Stage

    lab.begin()
    parts = list(vars(lab).values())
    for work in (*parts, *(part.filming for part in parts if isinstance(part, Stage))):
        if isinstance(work, Latest):
            work.wait(seconds)


def _films(task: str, progress: "Progress", **wishes: Any) -> "pd.DataFrame":
    """Return a task's public films where they are on this machine, and simulated ones elsewhere, as its page does."""
    from ..tasks import SIMULATED, load, source_of

    return load(task, SIMULATED, progress=progress, **wishes) if source_of(task) == SIMULATED else load(task)
