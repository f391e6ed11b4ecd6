"""Write the file of a new language to begin with: every string, still in English.

    python tools/make_language.py fr Français > xrlearn/locale/languages/fr.toml

What is translated in it is shown; what is not stays English. To try a file that lies elsewhere, name its folder in
``XRLEARN_LANGUAGES``.
"""

import json
import sys
from collections.abc import Callable

from xrlearn import locale


def catalogue(name: str, change: Callable[[str], str] = lambda string: string) -> str:
    """Return the catalogue of a language called `name` as TOML, its strings those of the first language, changed."""
    lines = []
    for room in locale.rooms():
        lines.append(f"[{room}]")
        for key, entry in locale.room(room).items():
            string = entry[locale.WRITTEN[0]]
            said = name if (room, key) == ("common", "language.name") else change(string)
            lines.append(f"{json.dumps(key)} = {json.dumps(said, ensure_ascii=False)}")
        lines.append("")
    return "\n".join(lines)


def main(words: list[str]) -> int:
    """Print the file of the language that the command line names."""
    if len(words) != 2:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    sys.stdout.write(catalogue(words[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
