"""Build the lessons' notebooks from their scripts: `make notebooks`.

A lesson is one script in jupytext's percent format under `notebooks/source/`. Each piece of prose stands there twice,
as a markdown cell with `lang="en"` and, right after it, one with `lang="zh"`; code stands there once. From it come
`notebooks/<lesson>.ipynb` and `notebooks/zh/<lesson>.ipynb`, with the same code cells. The same script gives the same
bytes.
"""

import re
import sys
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from xrlearn.locale import LANGUAGES, WRITTEN

NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"
SOURCE = NOTEBOOKS / "source"
#: language -> folder under notebooks/; the first language's is the top one
FOLDERS = {lang: "." if lang == WRITTEN[0] else lang for lang in LANGUAGES}
#: a line's end between Chinese characters: markdown would put a space there
_WRAP = re.compile(r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])\n *(?=[\u4e00-\u9fff（“])")


def build(script: Path) -> dict[Path, str]:
    """Return the notebooks of one script: path under `notebooks/` -> JSON.

    Raises
    ------
    ValueError
        If a piece of prose lacks one of its languages.
    """
    read = jupytext.read(script, fmt="py:percent")
    pieces = list(_pieces(read, script.name))
    built = {}
    for lang, folder in FOLDERS.items():
        notebook = nbformat.v4.new_notebook(
            metadata={
                "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
                "xrlearn": read.metadata["xrlearn"],
            }
        )
        for number, piece in enumerate(pieces, 1):
            cell = piece.get(lang, piece[WRITTEN[0]])
            source = _WRAP.sub("", cell.source)
            new = nbformat.v4.new_markdown_cell if cell.cell_type == "markdown" else nbformat.v4.new_code_cell
            tags = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
            notebook.cells.append(new(source, id=f"cell-{number:02d}", metadata=tags))
        nbformat.validate(notebook)
        built[Path(folder) / script.with_suffix(".ipynb").name] = nbformat.writes(notebook) + "\n"
    return built


def _pieces(notebook: NotebookNode, name: str) -> list[dict[str, NotebookNode]]:
    """Return the cells in order, each as {language: cell}; code is the same in all."""
    pieces: list[dict[str, NotebookNode]] = []
    for cell in notebook.cells:
        lang = cell.metadata.get("lang")
        if cell.cell_type == "code":
            pieces.append(dict.fromkeys(FOLDERS, cell))
        elif lang == WRITTEN[0]:
            pieces.append({lang: cell})
        elif lang in FOLDERS and pieces and WRITTEN[0] in pieces[-1] and lang not in pieces[-1]:
            pieces[-1][lang] = cell
        else:
            raise ValueError(f"{name}: prose without its {LANGUAGES[WRITTEN[0]]}: {cell.source[:60]!r}")
    for piece in pieces:
        if missing := [LANGUAGES[lang] for lang in WRITTEN if lang not in piece]:
            raise ValueError(f"{name}: prose without its {', '.join(missing)}: {piece[WRITTEN[0]].source[:60]!r}")
    return pieces


def main() -> None:
    """Write every notebook."""
    for script in sorted(SOURCE.glob("*.py")):
        for path, content in build(script).items():
            target = NOTEBOOKS / path
            target.parent.mkdir(exist_ok=True)
            target.write_text(content, encoding="utf-8")
            sys.stdout.write(f"{target.relative_to(NOTEBOOKS.parent)}\n")


if __name__ == "__main__":
    main()
