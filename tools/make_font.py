"""Build the Chinese font that plots use: `make font` (needs fonttools and Debian's fonts-noto-cjk).

It holds every character of the catalogue and the 3,755 most common ones (GB 2312, level 1), so that a string added
later is most likely covered; `tests/test_locale.py` says when it is not, and then this is to be run again. The same
strings give the same file.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

from xrlearn import locale
from xrlearn.locale import fonts

SOURCE = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
FAMILY = "Noto Sans SC"


def common() -> set[str]:
    """Return the characters of GB 2312 level 1 (rows 16 to 55)."""
    rows = (bytes((0xA0 + row, 0xA0 + cell)) for row in range(16, 56) for cell in range(1, 95))
    return {pair.decode("gb2312", errors="ignore") for pair in rows} - {""}


def main() -> None:
    """Write the font."""
    if not SOURCE.is_file():
        sys.exit(f"{SOURCE} is missing: apt-get install fonts-noto-cjk")
    ascii_ = {chr(code) for code in range(0x20, 0x7F)}
    wanted = fonts.characters(locale.rooms()) | common() | ascii_
    names = [font["name"].getDebugName(1) for font in TTCollection(SOURCE).fonts]
    font = TTFont(SOURCE, fontNumber=names.index("Noto Sans CJK SC"), recalcTimestamp=False)

    options = subset.Options(layout_features=[], hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GSUB", "GPOS", "DSIG"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(wanted)))
    subsetter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = FAMILY
        elif record.nameID == 6:
            record.string = "NotoSansSC-Regular"
    font.save(fonts.FILE)
    print(f"{fonts.FILE}: {fonts.FILE.stat().st_size / 2**20:.2f} MiB, {len(font.getBestCmap())} characters")  # noqa: T201


if __name__ == "__main__":
    main()
