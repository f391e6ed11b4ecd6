"""What a lesson's notebook needs besides the verbs of the package: short names for what its prose shows."""

import base64
import io
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.display import HTML, display

from .. import locale
from ..locale import text
from .card_figures import CardFigures, source_title
from .films import balanced
from .parts.live import live_curves

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from ..radiograph import Radiograph
    from ..training import Evaluation

__all__ = ["balanced", "begin", "compare", "films", "live_curves", "numbers", "side_by_side"]


def begin() -> None:
    """Take the language of the folder that the notebook lies in."""
    folder = Path.cwd().name
    locale.use(folder if folder in locale.LANGUAGES else locale.WRITTEN[0])


def films(task: str) -> "pd.DataFrame":
    """Return the task's cases, simulated where no public films are on this machine.

    Examples
    --------
    >>> cases = films("fracture")    # doctest: +SKIP
    3219 films of 277 patients are on this machine.
    """
    from ..tasks import SIMULATED, load, source_of
    from .wrists import FILMS

    simulated = source_of(task) == SIMULATED
    cases = load(task, SIMULATED, n=FILMS, size=192) if simulated else load(task)
    if simulated:
        _say(text("lesson.films.simulated"))
    _say(text("lesson.films.ready", films=len(cases), patients=cases["patient"].nunique()))
    return cases


def _say(sentence: str) -> None:
    display(HTML(f"<p>{escape(sentence)}</p>"))


def numbers(film: "Radiograph", size: int = 8) -> HTML:
    """Show a film as a person sees it, and beside it a small square of it as the machine does: in numbers.

    Parameters
    ----------
    film : Radiograph
    size : int
        Rows and columns of the square; it lies where the middle of the film is most varied.
    """
    import numpy as np
    from PIL import Image

    grey = film.pixels
    rows, columns = grey.shape
    steps = [
        (float(grey[r : r + size, c : c + size].std()), r, c)
        for r in range(rows // 4, 3 * rows // 4 - size + 1, size // 2)
        for c in range(columns // 4, 3 * columns // 4 - size + 1, size // 2)
    ]
    _, top, left = max(steps)
    picture = io.BytesIO()
    Image.fromarray(np.round(grey * 255).astype(np.uint8)).save(picture, "PNG")
    encoded = base64.b64encode(picture.getvalue()).decode()
    cells = "".join(
        "<tr>"
        + "".join(
            f"<td style='background: rgb({v}, {v}, {v}); color: {'#000' if v > 110 else '#fff'}; width: 2.3em;"
            f" height: 2.3em; padding: 0; text-align: center; border: 0'>{round(v / 2.55)}</td>"
            for v in np.round(row * 255).astype(int).tolist()
        )
        + "</tr>"
        for row in grey[top : top + size, left : left + size]
    )
    box = (
        f"position: absolute; box-sizing: content-box; border: 2px solid #e69f00; left: {100 * left / columns:.2f}%;"
        f" top: {100 * top / rows:.2f}%; width: {100 * size / columns:.2f}%; height: {100 * size / rows:.2f}%"
    )
    return HTML(
        "<div style='display: flex; gap: 32px; align-items: flex-start; flex-wrap: wrap'><figure style='margin: 0'>"
        f"<figcaption>{escape(text('lesson.numbers.film'))}</figcaption>"
        "<div style='position: relative; display: inline-block'>"
        f"<img alt='' style='height: 320px; display: block; max-width: none' src='data:image/png;base64,{encoded}'>"
        f"<div style='{box}'></div></div></figure><figure style='margin: 0'>"
        f"<figcaption>{escape(text('lesson.numbers.grid'))}</figcaption>"
        f"<table style='border-collapse: collapse; margin: 0; font-size: 13px'>{cells}</table>"
        f"<p>{escape(text('lesson.numbers.caption', rows=rows, columns=columns))}</p></figure></div>"
    )


def side_by_side(films: "Sequence[Radiograph | NDArray[Any]]", height: int = 260) -> HTML:
    """Show films beside each other at one height; arrays hold uint8, or floats from 0 to 1."""
    import numpy as np
    from PIL import Image

    pictures = []
    for film in films:
        grey = film if isinstance(film, np.ndarray) else film.pixels
        picture = io.BytesIO()
        Image.fromarray(grey if grey.dtype == np.uint8 else np.round(grey * 255).astype(np.uint8)).save(picture, "PNG")
        encoded = base64.b64encode(picture.getvalue()).decode()
        pictures.append(
            f"<img alt='' style='height: {height}px; margin: 0 8px 8px 0' src='data:image/png;base64,{encoded}'>"
        )
    return HTML(f"<div style='display: flex; flex-wrap: wrap'>{''.join(pictures)}</div>")


def compare(result: "Evaluation") -> HTML:
    """Show the figures of one's own network beside those of the model that ships, and what was published.

    The model's figures are those on films of the same source; where its card has none, one's own stand alone.
    """
    import pandas as pd

    from ..tasks import find
    from ..training import model_card
    from ..training.weights import WeightsError

    answer = find(result.task).answer
    sources = [str(name) for name in pd.unique(result.cases["source"])] if "source" in result.cases else []
    try:
        shown = CardFigures.beside(model_card(result.task), sources[0] if len(sources) == 1 else None)
    except WeightsError:
        shown = CardFigures()  # then one's own stands alone
    # Figures of other films than these would be read as a comparison, whatever a note says.
    theirs = shown.figures.get("metrics", {}) if shown.of is None else {}
    names = [name for name in result.metrics if name in theirs or not theirs]

    def row(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
        return [_with_interval(metrics[name]) for name in names]

    own = ", ".join(map(source_title, sources)) or text("lesson.compare.unnamed")
    rows = {text("lesson.compare.yours", films=len(result.cases), of=own): row(result.metrics)}
    if theirs:
        rows[text("lesson.compare.shipped", films=shown.figures["n"], of=own)] = row(theirs)
    table = pd.DataFrame.from_dict(rows, orient="index", columns=[answer.title(name) for name in names]).to_html()
    notes = [] if theirs else [text("lesson.compare.apart")]
    notes.append(f"{text('lesson.compare.published')}: {text(find(result.task).published)}")
    return HTML(table + "".join(f"<p>{escape(note)}</p>" for note in notes))


def _with_interval(figure: Mapping[str, Any]) -> str:
    places = 1 if "unit" in figure else 2
    return f"{figure['value']:.{places}f} ({figure['low']:.{places}f} – {figure['high']:.{places}f})"
