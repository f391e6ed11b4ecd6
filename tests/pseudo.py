"""A made-up language: every vowel is accented, so that what is plain was never translated, and stands twice.

German and French need a third more room than English; what is cut off here would be cut off there.
"""

import re
import runpy
from pathlib import Path

#: its code in the catalogue, and what it calls itself
CODE, OWN = "qq", "Qúúq"
_ACCENTS = str.maketrans({plain: 2 * accent for plain, accent in zip("aeiouAEIOU", "áéíóúÁÉÍÓÚ", strict=True)})
_BLANK = re.compile(r"\{(\w*)(:[^{}]*)?\}")
_TOOL = Path(__file__).resolve().parents[1] / "tools" / "make_language.py"

_CUT_OFF = """() => {
    const found = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const seen = { checkOpacity: true, checkVisibilityCSS: true };
    for (let node; (node = texts.nextNode()); ) {
        const own = node.parentElement;
        if (!node.data.trim() || !own.checkVisibility(seen) || own.closest("svg, select, style, script")) continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        const text = range.getBoundingClientRect();
        let across = true, down = true;  // a box that scrolls shows its text in the end
        for (let box = own; box !== document.body; box = box.parentElement) {
            const { overflowX, overflowY, clipPath } = getComputedStyle(box), edge = box.getBoundingClientRect();
            if (clipPath !== "none" || edge.width <= 1) break;  // for those who listen to the page
            across &&= !/auto|scroll/.test(overflowX);
            down &&= !/auto|scroll/.test(overflowY);
            const wide = text.right > edge.right + 1 || text.left < edge.left - 1;
            const high = text.bottom > edge.bottom + 2 || text.top < edge.top - 2;
            const cuts = /hidden|clip/;
            if ((across && wide && cuts.test(overflowX)) || (down && high && cuts.test(overflowY))) {
                found.push(`${box.className}: ${node.data.trim().slice(0, 60)}`);
                break;
            }
        }
    }
    return found;
}"""


def accented(string: str) -> str:
    """The string with its vowels accented and doubled; blanks keep their names, the forms of a plural change too."""
    kept, pieces = 0, []
    for blank in _BLANK.finditer(string):
        spec = blank[2] or ""
        spec = spec.translate(_ACCENTS) if "|" in spec else spec
        pieces += [string[kept : blank.start()].translate(_ACCENTS), f"{{{blank[1]}{spec}}}"]
        kept = blank.end()
    return "".join([*pieces, string[kept:].translate(_ACCENTS)])


def made_up_language(folder: Path) -> Path:
    """Write the language's file into `folder`, which is to be named in XRLEARN_LANGUAGES; return the folder."""
    catalogue = runpy.run_path(str(_TOOL))["catalogue"]
    (folder / f"{CODE}.toml").write_text(catalogue(OWN, accented), encoding="utf-8")
    return folder


def cut_off(page) -> list[str]:
    """Return the visible texts that a box without a scroll bar cuts off, each behind the class of that box."""
    return page.evaluate(_CUT_OFF)
