"""Films of an archive (PACS) in case review, where the environment names one: fetched into memory, answered back."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipywidgets import Button

from ..pacs.settings import ArchiveError, configured
from .case_review_films import ARCHIVE
from .case_review_state import NotYet
from .parts import safely

if TYPE_CHECKING:
    import pandas as pd

    from .case_review import CaseReviewPage

#: films kept in memory, the one on the stage among them
KEPT = 6


class ArchiveFilms:
    """The films of a patient, or of one request, in the archive; each is fetched when it is wanted.

    Parameters
    ----------
    number : str
        The patient's, or the accession number.

    Raises
    ------
    ArchiveError
        If nothing is found, or the archive does not answer.
    """

    def __init__(self, number: str) -> None:
        try:
            from ..pacs import Archive
            from ..pacs.archive import Place  # noqa: F401
        except ModuleNotFoundError:
            raise ArchiveError("extra") from None
        self.archive = Archive()
        studies = number and (self.archive.studies(patient=number) or self.archive.studies(accession=number))
        self._places = [place for study in studies or () for place in self.archive.films(study.uid)]
        if not self._places:
            raise ArchiveError("nothing")
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    def table(self) -> "pd.DataFrame":
        """Return one row a film; what it shows is known once it is fetched."""
        import pandas as pd

        return pd.DataFrame({"split": ["test"] * len(self._places)})

    def there(self, place: int) -> bool:
        """Say whether a film has been fetched already."""
        return place in self._kept

    def make(self, place: int) -> Mapping[str, Any]:
        """Return a film as a row: ``data``, its file; fetched where it is not in memory."""
        if place not in self._kept:
            self._kept[place] = self.archive.fetch(self._places[place])
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return {"data": self._kept[place], "source": ARCHIVE}


class SendBack(Button):
    """Stores the model's answer to the open film beside it in the archive, once the reader has given hers."""

    def __init__(self, page: "CaseReviewPage") -> None:
        super().__init__()
        self._page = page
        page.page.words.bind(self, "description", "review.archive.send")
        self.add_class("xr-send-back")
        self.on_click(page.guarded(self._asked))
        page.choose.source.observe(self._shown, "value")
        self._shown({"new": page.choose.source.value})

    def _shown(self, change: Mapping[str, Any]) -> None:
        self.layout.display = None if change["new"] == ARCHIVE else "none"

    def _asked(self, _: object) -> None:
        film, said, films = self._page.state.film, self._page.state.prediction, self._page.behind.films
        here, made = self._page.choose.case.value, films.made if films else None
        if film is None or film.source != ARCHIVE or said is None or here < 0 or not isinstance(made, ArchiveFilms):
            raise NotYet("review.archive.not_yet")
        self.disabled = True
        place = self._page.state.order[here]
        self._page.behind.asking.submit(safely(self._page.page)(self._stored), made, place, film.radiograph, said)

    def _stored(self, made: ArchiveFilms, place: int, radiograph: Any, said: Any) -> None:
        from ..pacs.answers import keep

        try:
            keep(made.archive, made.make(place)["data"], said, radiograph)
        finally:
            self.disabled = False
        self._page.page.say("review.archive.sent", kind="note")


def send_back(page: "CaseReviewPage") -> tuple[Button, ...]:
    """Return the button that answers back; none where there is no archive."""
    return (SendBack(page),) if configured() else ()
