"""What goes wrong with a reader study, said in one sentence."""

from ..locale.errors import SentenceError


class StudyError(SentenceError):
    """A protocol, a study or a reader's step that cannot be; the message says why and what to do.

    Examples
    --------
    >>> str(StudyError("no_code"))
    'There is no reader with this code; check it letter by letter, or join the study anew.'
    """

    section = "readers.error."
