"""A whole study in Chromium against PostgreSQL: three readers, 20 films, two arms; one kernel killed, one tab doubled.

Films are simulated and the AI's answers are given, so that no model is needed.
"""

import base64
import re
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import pytest
from axe import faults
from browser import chromium, expect, keep, tab
from handmade import wait_until_shown
from PIL import Image
from serving import Served, eventually, run

from xrlearn import tasks
from xrlearn.labs.parts.reading_keys import confidence
from xrlearn.labs.reader_study_state import Plan, ReaderStudy
from xrlearn.phantom import make
from xrlearn.readers import Answer, Store
from xrlearn.stats import mrmc

__all__ = ["chromium"]

pytestmark = pytest.mark.browser

FILMS, READERS = 20, 3
#: what must not reach a reader's browser: what only the store knows, boxes, and names of files
SECRET = re.compile(rb'truth|commission|omission|"boxes": \[\[|\d\.png')


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Iterator[pytest.MonkeyPatch]:
    """A machine on which there are 24 simulated wrists of as many patients, and no others."""
    folder = tmp_path_factory.mktemp("machine")
    pack = folder / "films" / "fracatlas_fracture"
    (pack / "images").mkdir(parents=True)
    lines = ["filename,fractured,region,patient,split,boxes"]
    for i in range(24):
        film, truth = make("wrist", lesion="colles" if i % 2 else None, seed=i, size=320)
        Image.fromarray((255 * film.pixels).astype(np.uint8)).save(pack / "images" / f"{i}.png")
        lines.append(f'images/{i}.png,{i % 2},hand,p{i},test,"{[list(box) for box in truth.boxes]}"')
    (pack / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XRLEARN_DATA", str(folder / "none"))
        patch.setenv("XRLEARN_FILMS", str(pack.parent))
        yield patch


@pytest.fixture(scope="module")
def database(postgres: str) -> str:
    import psycopg

    with psycopg.connect(postgres + "postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE browser")
    return postgres + "browser"


@pytest.fixture(scope="module")
def store(machine, database) -> Iterator[Store]:
    machine.setenv("XRLEARN_DATABASE_URL", database)
    with Store(database) as opened:
        yield opened


@pytest.fixture(scope="module")
def leader(store) -> ReaderStudy:
    """Whoever has set up a crossover study of 20 films, without a model."""

    def model(film):
        return (0.85 if int(film.stem) % 2 else 0.15), None

    plan = Plan(
        "Made-up films", number=FILMS, practice=0, commission=2, omission=2, shows=("probability",), washout_days=0
    )
    state = ReaderStudy(store, lambda _: tasks.load("fracture"), model)
    state.create(plan.protocol())
    return state


@pytest.fixture(scope="module")
def study(store, leader) -> str:
    return str(store.studies()["study"].iloc[0])


@pytest.fixture(scope="module")
def site(study) -> Iterator[Served]:
    with run(8994) as served:
        yield served


class Desk:
    """One reader before one tab, who reads by keys alone."""

    def __init__(self, site: Served, page, frames: list[bytes]) -> None:
        before = {kernel.pid for kernel in site.kernels()}
        self.page, self.site = page, site
        page.on("websocket", lambda socket: socket.on("framereceived", lambda data: frames.append(_bytes(data))))
        page.goto(site.page("reader-study", "lang=en"))
        wait_until_shown(page)
        page.get_by_text("Made-up films").wait_for(state="attached")
        self.kernel = next(kernel for kernel in site.kernels() if kernel.pid not in before)

    def join(self) -> str:
        self.page.get_by_role("button", name="Take part").click()
        code = self.page.locator("p.xr-code").inner_text()
        self.page.get_by_role("button", name="I have written it down").click()
        return code

    def resume(self, code: str) -> None:
        self.page.get_by_label("Your code").fill(code.lower())
        self.page.get_by_role("button", name="Go on", exact=True).click()

    def at(self, place: int) -> None:
        """Wait for the film at `place` to be on the stage and the bar to ask for an answer."""
        self.page.wait_for_function(
            """place => document.querySelector('.xr-place')?.textContent.startsWith(`Film ${place} of`)
               && document.querySelector('.xr-readout')?.textContent
               && document.querySelector('.xr-said')?.textContent === 'No answer yet'""",
            arg=place,
        )

    def press(self, digit: int) -> None:
        self.page.keyboard.press(str(digit))
        self.page.wait_for_function("!document.querySelector('.xr-rating .xr-commit').disabled")


def _bytes(data: str | bytes) -> bytes:
    return data.encode() if isinstance(data, str) else data


def digit(truth: float, aided: bool, rng: np.random.Generator) -> int:
    """What a middling reader presses, surer with the AI."""
    evidence = (1.2 + 0.8 * aided) * (truth - 0.5) + rng.normal()
    return int(np.clip(round(4.5 + 2 * evidence), 0, 9))


def read_session(desk: Desk, answer: Callable[[], int], places: range) -> None:
    for place in places:
        desk.at(place)
        desk.press(answer())
        desk.page.keyboard.press("Enter")


def test_three_readers_read_twenty_films_in_two_arms(site, chromium, store, study):
    truth = store.study(study).films.set_index("case")["truth"]
    frames: list[bytes] = []

    def reader(code: str, seed: int) -> Callable[[], int]:
        rng = np.random.default_rng(seed)

        def answer() -> int:
            due = store.next(code)
            return digit(truth[due.case], due.arm == "aided", rng)

        return answer

    with tab(chromium) as page:  # the first reads from beginning to end
        desk = Desk(site, page, frames)
        answer = reader(desk.join(), 0)
        desk.at(1)
        assert faults(page) == []
        keep(page, "reader-study-made-up-en")
        read_session(desk, answer, range(1, FILMS + 1))
        finish(desk, answer)

    with tab(chromium) as page:  # the second's kernel dies with an answer not yet committed
        desk = Desk(site, page, frames)
        code = desk.join()
        answer = reader(code, 1)
        read_session(desk, answer, range(1, 7))
        desk.at(7)
        desk.press(9)
        desk.kernel.kill()
    assert store.progress(code).done == 6
    with tab(chromium) as page:
        desk = Desk(site, page, frames)
        desk.resume(code)
        read_session(desk, answer, range(7, 11))
        assert eventually(lambda: store.progress(code).done == 10)
    read_rest(store, code, answer)

    with tab(chromium) as page, tab(chromium) as other:  # the third has two tabs
        desk, second = Desk(site, page, frames), Desk(site, other, frames)
        code = desk.join()
        answer = reader(code, 2)
        desk.at(1)
        second.resume(code)
        second.at(1)
        for one, pressed in ((desk, answer()), (second, 0)):
            one.press(pressed)
            one.page.keyboard.press("Enter")
            assert eventually(lambda: store.progress(code).done == 1)
        second.page.get_by_text("in another tab already").wait_for()
        second.at(2)
        read_session(desk, answer, range(2, 5))
        assert eventually(lambda: store.progress(code).done == 4)
    read_rest(store, code, answer)

    ratings = store.ratings(study)
    assert len(ratings) == READERS * 2 * FILMS
    assert not ratings.duplicated(["reader", "modality", "case"]).any()
    assert (ratings["seconds"] < 60).all()
    assert len(frames) > 2 * FILMS
    assert not [frame for frame in frames if SECRET.search(frame)]


def finish(desk: Desk, answer: Callable[[], int]) -> None:
    desk.page.get_by_role("button", name="Begin the next session").click()
    read_session(desk, answer, range(1, FILMS + 1))
    desk.page.get_by_role("heading", name="You have read every film").wait_for()


def read_rest(store: Store, code: str, answer: Callable[[], int]) -> None:
    """Give a reader's other answers as her page would: what a whole study asks of the page, the first reader shows."""
    while due := store.next(code):
        store.begin(code, due.id)
        for stage in due.stages:
            store.commit(code, due.id, Answer(stage, confidence(answer()), seconds=1.0))


def test_the_results_page_shows_what_mrmc_gives(site, chromium, store, study, leader):
    ratings = store.ratings(study)
    if len(ratings) < READERS * 2 * FILMS:
        pytest.skip("the study was not read")
    expected = mrmc(ratings[["reader", "modality", "case", "truth", "score"]])
    with tab(chromium) as page:
        page.goto(site.page("study-results", "lang=en"))
        wait_until_shown(page)
        page.get_by_label("Leader's code").wait_for()
        assert page.get_by_role("heading", name="Multi-reader multi-case analysis").count() == 0
        keep(page, "study-results-locked-en")
        page.get_by_label("Leader's code").fill(leader.lead)
        page.get_by_role("button", name="Open the results").click()
        page.get_by_role("heading", name="Multi-reader multi-case analysis").wait_for()
        said = page.locator(".xr-pair").first.inner_text().replace("−", "-")
        for reader, modality, value in expected.auc[["reader", "modality", "auc"]].itertuples(index=False):
            assert f"{value:.3f}" in said, (reader, modality)
        for test in (expected.rrrc, expected.frrc, expected.rrfc):  # the page tells the aided less the unaided
            low, high = -test.high, -test.low  # within -1 to 1
            assert f"{-test.difference:+.3f} ({low:+.3f}, {high:+.3f})" in said
            assert f"F = {test.F:.2f}" in said if test.F is not None else f"χ² = {test.chi2:.2f}" in said
            assert f"{test.p:.4f}" in said
        expect(page.locator(".xr-finding")).to_contain_text(f"{-expected.rrrc.difference:.4f}")
        expect(page.locator(".xr-results")).to_contain_text("3 of 3 readers")

        # the data come out of the page itself, whole
        with page.expect_download() as download:
            page.get_by_role("link", name="All answers (CSV)").click()
        saved = pd.read_csv(download.value.path())
        assert len(saved) == len(ratings)
        assert saved["score"].tolist() == ratings["score"].tolist()
        href = page.get_by_role("link", name="iMRMC").get_attribute("href")
        assert b"BEGIN DATA" in base64.b64decode(href.partition("base64,")[2])

        page.get_by_role("slider", name="Handed to readers").press("Home")
        page.get_by_text(f"The AI answers the {FILMS} films").wait_for()
        assert faults(page) == []
        keep(page, "study-results-en")
        page.get_by_role("button", name="中文").click()
        page.get_by_role("heading", name="研究结论").wait_for()
        keep(page, "study-results-zh")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
