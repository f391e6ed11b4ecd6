"""What the case review takes, question by question: film to stage, the model's answer, and memory.

    python benchmarks/case_review.py            # every question, three films each
    python benchmarks/case_review.py knee-oa    # one

Films are made before the clock runs, as the page makes them before the reader asks. ``stage`` is what it takes from
the choice of a film until everything that the browser needs has been handed to it; ``model`` is the model alone,
``second`` with second opinions. Times are those of the processor (``--wall``: of the clock on the wall, for an idle
machine). Memory is that of this process, which is the page's kernel without its server.
"""

import argparse
import sys
import time
from statistics import median

import psutil
from common import say

from xrlearn.labs.case_review import CaseReviewPage
from xrlearn.labs.case_review_films import films_of
from xrlearn.labs.case_review_models import read, seconds
from xrlearn.paths import WEIGHTS
from xrlearn.tasks import SIMULATED, find
from xrlearn.tasks.registry import known
from xrlearn.training import shipped

FILMS = 3
clock = time.perf_counter if "--wall" in sys.argv else time.process_time


def ms(work, *arguments) -> float:
    """Return how many milliseconds a call took."""
    start = clock()
    work(*arguments)
    return 1000 * (clock() - start)


def question(page: CaseReviewPage, name: str) -> tuple[float, float, float]:
    """Return the medians of stage, model and model with second opinions, in milliseconds."""
    page.behind.predict = lambda film: None  # the clock asks models itself
    page.state.ask(name)
    page._ask_anew()
    task, model = find(name), shipped(name)
    films = films_of(task, SIMULATED)
    page.state.offer(films.cases, films.make)
    page.state.fetch(0)  # made, and the disk warm
    stage, alone, second = [], [], []
    for place in range(FILMS):
        page.state.fetch(place)
        stage.append(ms(lambda place=place: page.open(*page.state.fetch(place))))
        alone.append(ms(read, page.state.film, task, model))
        more = sum(ms(read, page.state.film, other, shipped(other.name)) for other in seconds(task))
        second.append(alone[-1] + more)
    return median(stage), median(alone), median(second)


def main() -> None:
    """Say what every question takes, and what the page does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tasks", nargs="*")
    parser.add_argument("--wall", action="store_true")
    there = [t.name for t in known() if (WEIGHTS / f"{t.name}.safetensors").is_file()]
    say(f"{'question':28}{'stage ms':>10}{'model ms':>10}{'second ms':>11}{'memory MB':>11}")
    first = ms(CaseReviewPage)
    page = CaseReviewPage()
    for name in parser.parse_args().tasks or there:
        stage, alone, second = question(page, name)
        memory = psutil.Process().memory_info().rss / 2**20
        say(f"{name:28}{stage:10.0f}{alone:10.0f}{second:11.0f}{memory:11.0f}")
    say(f"{'the page, drawn':28}{first:10.0f}")
    page.behind.asking.shutdown(cancel_futures=True)
    page.behind.making.shutdown(cancel_futures=True)


if __name__ == "__main__":
    main()
