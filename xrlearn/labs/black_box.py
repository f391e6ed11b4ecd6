"""The lab of the black box: four heat maps against the truth, networks that know nothing, and disagreement."""

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np
from ipywidgets import HTML, Box, Button, IntSlider, SelectionSlider, ToggleButtons, VBox

from ..locale import flow, text
from .black_box_state import CELL, COARSE, EPOCHS, METHODS, NETWORKS, SIZE, Disagreement, Scored, Workbench, judged
from .lab import Lab, card
from .parts import safely
from .parts.latest import Latest
from .parts.stage import Stage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..heatmaps.scores import Box as Lesion
    from ..radiograph import Radiograph

_SHOWN = 448  # pixels of a small picture
#: sliders of the disagreement: name -> value in %
SHARES = {"prevalence": 20, "doctor_sensitivity": 88, "doctor_specificity": 95,
          "model_sensitivity": 90, "model_specificity": 88}  # fmt: skip


class BlackBoxLab(Lab):
    """The view of a :class:`~.black_box_state.Workbench`.

    Attributes
    ----------
    bench : Workbench or None
        None until the films are there and both networks are trained.
    boards : dict
        Scores of each network asked so far.
    """

    room = "black_box"

    def __init__(self) -> None:
        super().__init__()
        self.bench: Workbench | None = None
        self._films: Workbench | None = None  # before its networks are trained
        self.boards: dict[str, dict[str, Scored]] = {}
        self._number = 0
        self._maps: dict[str, NDArray[np.floating]] = {}  # of the film shown, by the network asked
        self.scoring: Latest[str] = Latest(self._score, self.page.run)
        self._build()
        self.draw()

    def _build(self) -> None:
        words, wide = self.page.words, {"style": {"description_width": "initial"}}
        self.network = SelectionSlider(options=[("", "")], disabled=True, **wide)
        words.bind_options(self.network, {name: f"black_box.network.{name}" for name in NETWORKS})
        self.network.value = "trained"
        self.stage = Stage(self.page, self._closely, self._show)
        self.laid = ToggleButtons()
        words.bind_options(self.laid, {"": "black_box.maps.bare"} | {name: f"black_box.map.{name}" for name in METHODS})
        self.laid.value = METHODS[0]
        words.bind(self.laid, "tooltip", "black_box.maps.title")
        self.other = Button(disabled=True)
        self.shares = {name: IntSlider(value=value, min=1, max=99, **wide) for name, value in SHARES.items()}
        for name, widget in {"network": self.network, "other": self.other, **self.shares}.items():
            words.bind(widget, "description", f"black_box.control.{name}")
            words.bind(widget, "tooltip", f"black_box.control.{name}_hint")
        self.lead, self.says, self.maps, self.table, self.busy = (HTML() for _ in range(5))
        self.agree, self.cost = HTML(), HTML()
        guard = safely(self.page)
        self.network.observe(guard(lambda _: self._ask()), "value")
        self.other.on_click(guard(lambda _: self._next()))
        self.laid.observe(guard(lambda _: self._lay()), "value")
        for slider in self.shares.values():
            slider.observe(guard(lambda _: self._draw_cost()), "value")
        self.assemble(
            Box(
                [
                    self.stage,
                    card(self.lead, self.network, self.says, self.laid, self.other),
                ]
            ).add_class("xr-columns"),
            card(self.maps),
            card(self.table, self.busy),
            card(self.agree, Box([VBox([*self.shares.values()]), self.cost]).add_class("xr-bedside")),
        )

    # ------------------------------------------------------------- behind the page
    def begin(self) -> None:
        """Take films and train both networks, with progress."""
        # Without the letters L and R: a network that sees them leans on them, and its maps point there.
        films = self.take_films(size=SIZE, marked=False)
        if films is None:
            return
        bench, progress = Workbench.of(films), self.page.progress
        self._films = bench
        self.stage.ask(int(bench.broken[0]))  # there is something to look at while networks are trained

        def told() -> bool:
            progress.advance()
            return progress.stop_requested

        with progress.start(2 * EPOCHS, "black_box.status.training"):
            if not bench.train(told):
                self.page.say("black_box.status.stopped", kind="note")
                self._again.layout.display = None
                return
        self.bench = bench
        self.network.disabled = self.other.disabled = False
        self._next(0)
        self.stage.filming.wait(60)  # the film first: scoring would take the processor from its making
        self._ask()

    def _ask(self) -> None:
        if self.bench is not None:
            self._draw_maps()
            self.scoring.ask(self.network.value)

    def _next(self, step: int = 1) -> None:
        self._number += step
        self._draw_maps()
        if self.stage.number != self.film:
            self.stage.ask(self.film)

    @property
    def film(self) -> int:
        """Number of the film whose maps are shown."""
        assert self.bench is not None
        return int(self.bench.broken[self._number % len(self.bench.broken)])

    def _closely(self, number: int) -> "tuple[Radiograph, list[Lesion]]":
        assert self._films is not None
        return self._films.closely(number)

    def _show(self) -> None:
        self.stage.draw()
        self._lay()

    def _lay(self) -> None:
        """Lay the map that was asked for over the film, once it is the film on the stage."""
        heat = self._maps.get(self.laid.value)
        if self.bench is None or self.stage.number != self.film:
            return
        self.stage.viewer.heat(None if heat is None else np.maximum(heat, 0) / max(float(heat.max()), 1e-9))

    def _score(self, network: str) -> None:
        assert self.bench is not None
        self.busy.value = f"<p class='xr-busy' role='status'>{self.t('status.scoring')}</p>"
        try:
            for name in dict.fromkeys(("trained", network)):
                board = self.bench.board(name, stop=lambda: self.scoring.overtaken)
                if board is None:
                    return
                self.boards[name] = board
                self._draw_table()
        finally:
            self.busy.value = ""

    # ------------------------------------------------------------- drawing
    def draw(self) -> None:
        """Write everything, in the language in use."""
        super().draw()
        self.lead.value = f"<h2>{self.t('maps.title')}</h2><p>{self.t('maps.lead')}</p>"
        self.agree.value = f"<h2>{self.t('agree.title')}</h2><p>{self.t('agree.lead')}</p>"
        self._draw_maps()
        self._draw_table()
        self._draw_cost()

    def _draw_maps(self) -> None:
        bench = self.bench
        if bench is None:
            self.maps.value = self.says.value = ""
            return
        film = self.film
        grey, boxes = bench.films[film].astype(np.float32) / 255, bench.boxes[film]
        self._maps = bench.maps(self.network.value, film)
        self._lay()
        shown = [("film", None), *self._maps.items()]
        figures = "".join(
            f"<figure>{_framed(_painted(grey, heat), boxes, self.t(f'map.{name}'))}"
            f"<figcaption>{self.t(f'map.{name}')}</figcaption></figure>"
            for name, heat in shown
        )
        percent = round(100 * float(bench.probability(self.network.value)[film - bench.held[0]]))
        self.says.value = f"<p role='status'><b>{self.t('maps.says', percent=percent)}</b></p>"
        seen = self.t("maps.seen", size=SIZE)
        self.maps.value = f"<p>{seen}</p><div class='xr-maps'>{figures}</div>"

    def _draw_table(self) -> None:
        head = f"<h2>{self.t('table.title')}</h2><p>{self.t('table.lead')}</p>"
        board = self.boards.get(self.network.value)
        if board is None:
            self.table.value = head
            return
        self.goal.check(self.network.value in ("all", "shuffled"))
        rows = "".join(
            f"<tr class='xr-{name}'><th scope='row'>{self.t(f'map.{name}')}</th>"
            f"<td>{100 * s.hit:.0f} % ({100 * s.low:.0f} – {100 * s.high:.0f})</td><td>{100 * s.energy:.0f} %</td>"
            f"<td>{s.iou:.2f}</td><td>{s.alike:z.2f}</td></tr>"
            for name, s in board.items()
        )
        names = "".join(
            f"<th scope='col'>{self.t(f'table.{n}')}</th>" for n in ("map", "hit", "energy", "iou", "alike")
        )
        # The slider's own label is still in the former language while the page turns to another.
        named = text(f"black_box.network.{self.network.value}")
        asked = self.t("table.asked", network=named, films=next(iter(board.values())).films)
        verdict, *why = self._verdict(board)
        self.table.value = (
            f"{head}<p><b>{asked}</b></p><div class='xr-wide'><table><thead><tr>{names}</tr></thead>"
            f"<tbody>{rows}</tbody></table></div><p class='xr-verdict' role='status'>{verdict}</p>"
            f"<p>{flow(*why)}</p><p class='xr-soft'>{self.t('table.source')}</p>"
        )

    def _verdict(self, board: dict[str, Scored]) -> list[str]:
        """Say which kinds of map find the fracture, then which do not, and why, as this table shows it."""
        better, others = judged(board)
        if not better and self.network.value != "trained":
            return [self.t("table.lost")]
        centre = round(100 * board["centre"].hit)
        said = [self.t("table.better", maps=self._named(better), centre=centre)] if better else []
        if others:
            said.append(
                self.t("table.no_better" if better else "table.none_better", maps=self._named(others), centre=centre)
            )
        below = [name for name in others if board[name].hit < board["centre"].hit]
        if below:
            said.append(self.t("table.elsewhere", maps=self._named(below)))
        said += [
            self.t("table.coarse", map=self.t(f"map.{name}"), near=round(100 * board[name].near),
                   hit=round(100 * board[name].hit), cell=CELL, size=SIZE)
            for name in below if name in COARSE
        ]  # fmt: skip
        return said

    def _named(self, names: list[str]) -> str:
        return text("black_box.table.comma").join(text(f"black_box.map.{name}") for name in names)

    def _draw_cost(self) -> None:
        share = {name: slider.value / 100 for name, slider in self.shares.items()}
        both = Disagreement(
            share["prevalence"],
            (share["doctor_sensitivity"], share["doctor_specificity"]),
            (share["model_sensitivity"], share["model_specificity"]),
        )
        said = ""
        for name, (broken, whole) in (("only_model", both.only_model), ("only_doctor", both.only_doctor)):
            right = broken if name == "only_model" else whole
            percent = round(100 * right / max(broken + whole, 1e-9))
            said += (
                f"<p role='status'>"
                f"{self.t(f'agree.{name}', films=round(broken + whole), broken=round(broken), percent=percent)}</p>"
            )
        self.cost.value = f"{said}<p class='xr-soft'>{self.t('agree.note')}</p>"


def _painted(film: "NDArray[np.float32]", heat: "NDArray[np.floating] | None" = None) -> bytes:
    """Return a film as PNG, large enough for the page; where `heat` is positive, in the colours of a heat map."""
    from PIL import Image

    def large(values: "NDArray[Any]") -> "NDArray[Any]":
        return np.asarray(
            Image.fromarray(values.astype(np.float32)).resize((_SHOWN, _SHOWN), Image.Resampling.BICUBIC)
        ).clip(0, 1)

    grey = large(film)
    stored = io.BytesIO()
    if heat is None:
        Image.fromarray(np.rint(grey * 255).astype(np.uint8)).save(stored, "PNG", compress_level=1)
        return stored.getvalue()
    share = large(np.maximum(heat, 0) / max(float(heat.max()), 1e-9))[..., None]
    # black, purple, orange, yellow: it grows brighter with the value, so it reads without telling colours apart
    stops = np.array([[0, 0, 4], [120, 28, 109], [237, 105, 37], [252, 255, 164]]) / 255
    colour = np.stack([np.interp(share[..., 0], [0, 1 / 3, 2 / 3, 1], stops[:, k]) for k in range(3)], -1)
    mixed = grey[..., None] * (1 - 0.6 * share) + colour * 0.6 * share
    Image.fromarray(np.rint(mixed * 255).astype(np.uint8)).save(stored, "PNG", compress_level=1)
    return stored.getvalue()


def _framed(png: bytes, boxes: "list[Lesion]", alt: str) -> str:
    """Return a picture with the outlines of the true lesions."""
    marks = "".join(
        f"<i style='top:{100 * a / SIZE:.1f}%;left:{100 * b / SIZE:.1f}%;height:{100 * (c - a) / SIZE:.1f}%;"
        f"width:{100 * (d - b) / SIZE:.1f}%'></i>"
        for a, b, c, d in boxes
    )
    picture = base64.b64encode(png).decode()
    return f"<div class='xr-framed'><img alt=\"{alt}\" src='data:image/png;base64,{picture}'>{marks}</div>"


def show() -> BlackBoxLab:
    """Show the lab, in a notebook or as a page."""
    return BlackBoxLab.show()
