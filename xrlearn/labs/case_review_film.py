"""A film under review: the picture, what speaks against it, and what its data set says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..radiograph import Finding, Radiograph
    from ..tasks.task import Task

#: a spot or a box on a film, in its pixels
Spot = tuple[int, int]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Film:
    """One film under review, with what its data set says of it; that is not for the reader's eyes before she commits.

    Attributes
    ----------
    name : str
        A digest of the file: the same film is known again, whatever it was called.
    radiograph : Radiograph or None
        None for a record without a film.
    findings : sequence of Finding
        What speaks against the picture itself.
    truth : object
        The answer in the question's own form (:mod:`.case_review_forms`); None where nobody said.
    boxes : sequence of (row0, col0, row1, col1)
        Where the lesions lie.
    region, view : str
        What the data set says beyond the header; may be empty.
    source : str or None
        Where the film comes from, as the cases table says; None for one that was dropped.
    told : mapping
        What a model reads beside the film, such as ``sex``, or the record itself.
    landmarks : mapping of str to (row, col)
        Where the data set has the points.
    beside : sequence of Film
        Further films of the patient: see `role`.
    role : {"", "together", "view", "side", "earlier"}
        Why a film lies beside another: a view that is read together with it, another view, the other side, or a film
        of the same part from before.
    why : mapping
        What a simulated film was made with: ``lesion``, ``subtlety``.
    """

    name: str
    radiograph: "Radiograph | None"
    findings: "Sequence[Finding]" = ()
    truth: Any = None
    boxes: Sequence[Box] = ()
    region: str = ""
    view: str = ""
    source: str | None = None
    told: Mapping[str, Any] = field(default_factory=dict)
    landmarks: Mapping[str, Sequence[float]] = field(default_factory=dict)
    beside: "Sequence[Film]" = ()
    why: Mapping[str, Any] = field(default_factory=dict)
    role: str = ""

    @property
    def together(self) -> "list[Film]":
        """The views that are read together, this film first."""
        return [self, *(film for film in self.beside if film.role == "together")]

    @property
    def asks(self) -> bool:
        """Whether the reader must say how the film is to be taken before the model looks at it."""
        return bool(self.doubts)

    @property
    def doubts(self) -> set[str]:
        """What is asked: ``polarity``, ``inverted``, ``bits``, ``sign``, ``geometry``, ``spacing``, ``part``."""
        return {finding.key.rpartition(".")[2] for finding in self.findings if finding.asks}

    def holds(self, spot: Spot | None) -> bool | None:
        """Say whether `spot` lies in a box; None where there is no spot or no box."""
        if spot is None or not self.boxes:
            return None
        row, col = spot
        return any(r0 <= row < r1 and c0 <= col < c1 for r0, c0, r1, c1 in self.boxes)


def look_at(
    data: bytes,
    truth: Any = None,
    boxes: Sequence[Box] = (),
    region: str = "",
    view: str = "",
    source: str | None = None,
    side: str | None = None,
    told: Mapping[str, Any] | None = None,
    landmarks: Mapping[str, Sequence[float]] | None = None,
    task: "Task | None" = None,
) -> Film:
    """Read a file and check the picture's quality; nothing of the file is kept but its pixels and header facts.

    What the data set says of the `side` counts where the file's header does not say it. With `task` the film asks,
    too, where its header names a part that the question is not about.

    Raises
    ------
    RadiographError
        If it is not a film that can be read.
    """
    from ..radiograph import read

    radiograph = read(data)
    if radiograph.side is None and side in ("L", "R"):
        radiograph = replace(radiograph, side=side)
    name = blake2b(data, digest_size=16).hexdigest()
    found = checked(radiograph, source, task)
    return Film(name, radiograph, found, truth, boxes, region, view, source, told or {}, landmarks or {})


def checked(radiograph: "Radiograph", source: str | None, task: "Task | None" = None) -> "list[Finding]":
    """What speaks against the picture; a simulated film has no patient whom its marker's letters could name."""
    from ..radiograph import quality
    from ..tasks import SIMULATED
    from ..tasks.part import other_part

    doubt = other_part(task, radiograph) if task is not None else None
    found = [doubt] if doubt is not None else []
    found += quality(radiograph)
    return found if source != SIMULATED else [f for f in found if f.key != "radiograph.quality.text"]


def sides_differ(one: Film, other: Film) -> bool:
    """Say whether two films are of different sides, as far as that is known."""
    sides = [film.radiograph.side for film in (one, other) if film.radiograph is not None]
    return None not in sides and len(set(sides)) > 1


def digest(told: Mapping[str, Any]) -> str:
    """Return a name for a record without a film: the same record has the same."""
    return blake2b(repr(sorted(told.items(), key=str)).encode(), digest_size=16).hexdigest()
