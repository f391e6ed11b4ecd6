"""From a film in the archive to a model's answer beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..radiograph import Radiograph, read
from .archive import Archive, Place, header
from .settings import ArchiveError

if TYPE_CHECKING:
    from ..training import Prediction


@dataclass(frozen=True)
class Kept:
    """What was said of a film, and where the archive keeps it."""

    said: "Prediction"
    report: Place
    capture: Place


def keep(archive: Archive, film: bytes, said: "Prediction", radiograph: Radiograph | None = None) -> Kept:
    """Store an answer to a film of the archive as a report and as a picture.

    Parameters
    ----------
    archive : Archive
    film : bytes
        As it was fetched.
    said : Prediction
    radiograph : Radiograph, optional
        The film as it was read, where the reader has settled how to.

    Raises
    ------
    ArchiveError
        If the model does not know the film, so that there is no answer; or if the archive does not take it.
    """
    from ..training import shipped
    from .capture import capture
    from .report import report

    if not said.known:
        raise ArchiveError("unknown")
    told = header(film)
    documents = (
        report(told, said, shipped(said.task).card.version),
        capture(told, read(film) if radiograph is None else radiograph, said),
    )
    archive.store(documents)
    one, two = (Place(d.StudyInstanceUID, d.SeriesInstanceUID, d.SOPInstanceUID) for d in documents)
    return Kept(said, one, two)


def answer(archive: Archive, place: Place, task: str, beside: Mapping[str, Any]) -> Kept:
    """Fetch a film, ask the model of a task about it, and store the answer."""
    from ..training import predict

    film = archive.fetch(place)
    return keep(archive, film, predict({"image": film, **beside}, task))
