"""Words of the trade with their meaning under the pointer, in any sentence of the catalogue."""

from html import escape
from numbers import Real
from typing import Any

from xrlearn import locale
from xrlearn.locale import text
from xrlearn.locale.plurals import counted


def term(name: str) -> str:
    """Return a word of the catalogue room ``terms`` as HTML: its meaning shows on hovering, and is read aloud.

    Examples
    --------
    >>> locale.use("en")
    >>> term("auc").startswith("<abbr tabindex='0' title='AUC: how often")
    True
    """
    means = escape(text(f"terms.{name}.means"), quote=True)
    return f"<abbr tabindex='0' title='{means}'>{escape(text(f'terms.{name}.word'))}</abbr>"


class _Blanks(dict[str, Any]):
    """What fills a sentence; a blank that nobody filled is a word of the trade."""

    def __missing__(self, name: str) -> str:
        return term(name)


def prose(key: str, **values: Any) -> str:
    """Return a sentence of the catalogue as HTML: ``{auc}`` becomes :func:`term` ``("auc")`` unless `values` fill it.

    Parameters
    ----------
    key : str
        ``room.section.name``.
    **values
        What fills the other blanks; text is escaped, as the sentence is, and numbers are formatted as it asks.

    Examples
    --------
    >>> prose("lesson.quiz.right")
    'Right.'
    >>> prose("results.time.ratio", ratio=1.5, low=1.2, high=1.75)
    'With the AI a film takes 1.50 times as long (1.20 to 1.75).'
    """
    room, _, rest = key.partition(".")
    lang = locale.language()
    sentence = escape(locale.room(room)[rest][lang], quote=False)
    filled = {k: counted(v, lang) if isinstance(v, Real) else escape(str(v)) for k, v in values.items()}
    return sentence.format_map(_Blanks(filled))
