"""A Chinese font for plots: matplotlib finds none on many machines and would draw boxes.

The file is a part of Noto Sans CJK SC (SIL Open Font License 1.1, see ``OFL.txt`` beside it), made by ``make font``.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .. import room

FILE = Path(__file__).resolve().parent / "NotoSansSC-part.otf"


def characters(rooms: Iterable[str]) -> set[str]:
    """Return every character that the catalogues of `rooms` use, in either language.

    Examples
    --------
    >>> "仅" in characters(["common"])
    True
    """
    return {
        character
        for name in rooms
        for entry in room(name).values()
        for string in entry.values()
        for character in string
        if character.isprintable()
    }


@cache
def _register() -> str:
    from matplotlib import font_manager

    font_manager.fontManager.addfont(FILE)
    return str(font_manager.FontProperties(fname=FILE).get_name())


def use_in_plots() -> str:
    """Let matplotlib fall back on our font for characters its own lacks; return the font's family name.

    It may be called as often as wanted. Latin text keeps the font it has.

    Examples
    --------
    >>> use_in_plots()
    'Noto Sans SC'
    """
    from matplotlib import rcParams

    family = _register()
    if family not in rcParams["font.family"]:
        rcParams["font.family"] = [*rcParams["font.family"], family]
    return family
