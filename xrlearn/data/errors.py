"""What goes wrong with a source of films, said in one sentence."""

from ..locale.errors import SentenceError


class DataError(SentenceError):
    """A source of films cannot be used; the message says why and what to do.

    Examples
    --------
    >>> str(DataError("unknown_set", name="fracatals", known="fracatlas, mura"))
    "There is no data set called 'fracatals'; there are: fracatlas, mura."
    """

    section = "data.error."
