"""The one exception that reading a film may raise."""

from ..locale.errors import SentenceError


class RadiographError(SentenceError):
    """A film cannot be used; ``str()`` of it is one sentence in the language in use.

    Examples
    --------
    >>> str(RadiographError("radiograph.error.empty"))
    'The file is empty (0 bytes); please export or copy it again.'
    """
