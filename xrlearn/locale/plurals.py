"""Words that follow a number: ``{n:film|films}`` in a sentence of the catalogue."""

import operator
from functools import cache
from typing import Any

#: CLDR's categories, in the order in which a sentence gives its forms
_CATEGORIES = ("zero", "one", "two", "few", "many", "other")


class Counted(int):
    """A whole number; asked to format itself as ``film|films``, it gives the form that its language wants after it."""

    lang: str

    def __format__(self, spec: str) -> str:
        return form(self, spec.split("|"), self.lang) if "|" in spec else super().__format__(spec)


def counted(value: Any, lang: str) -> Any:
    """Return a whole number so that a sentence can ask for its plural; anything else as it is.

    Examples
    --------
    >>> "{n} {n:film|films}".format(n=counted(1, "en")), "{n} {n:film|films}".format(n=counted(2, "en"))
    ('1 film', '2 films')
    """
    if isinstance(value, bool | str | float):
        return value
    try:
        number = Counted(operator.index(value))
    except TypeError:
        return value
    number.lang = lang
    return number


def form(n: int, forms: list[str], lang: str) -> str:
    """Return the form of a word that stands after `n`.

    Parameters
    ----------
    n : int
    forms : list of str
        One for each plural of the language, in CLDR's order; where there are fewer, the last one is taken.
    lang : str

    Examples
    --------
    >>> [form(n, ["film", "filmy", "filmów"], "pl") for n in (1, 3, 5)]
    ['film', 'filmy', 'filmów']
    """
    return forms[min(kinds(lang).index(_rule(lang)(n)), len(forms) - 1)]


@cache
def kinds(lang: str) -> list[str]:
    """Return the plurals of a language, in CLDR's order; those of English where CLDR does not know it.

    Examples
    --------
    >>> kinds("en"), kinds("zh")
    (['one', 'other'], ['other'])
    """
    tags = _rule(lang).tags
    return [kind for kind in _CATEGORIES if kind == "other" or kind in tags]


@cache
def _rule(lang: str) -> Any:
    from babel import Locale, UnknownLocaleError

    try:
        return Locale.parse(lang).plural_form
    except (UnknownLocaleError, ValueError):  # a language that is tried out, or none that CLDR knows
        return Locale.parse("en").plural_form
