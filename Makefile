# make run    sets up and serves the dashboards          make test       sets up and runs the tests
# make lab    JupyterLab on the notebooks                make test-slow  the minutes-long ones
# make check  ruff and mypy                              make bench      speed; bench-real: quality on real films
# make coverage          the tests, with what they ran     make mutants   what they would not notice
# make build  sdist and wheel into dist/                 make contact-sheets   simulated films beside real ones
# make weights  the models that ship, trained anew       make readme    README's figures from their cards
# make headline every system's published figure, ours, and what it has to beat
# make ladder   how many real films a model needs that has learned from simulated ones
# make pictures README's pictures of the pages
# make soak     half an hour of a class: does the server hold more and more? (docs/soak.md)
#
# PyPI's torch for Linux brings 4 GB of CUDA. Processor-only builds are the default: they are taken from PyTorch's own
# index when that answers within two seconds (or from wherever pip is set up to look). `make setup GPU=1` takes PyPI's
# build instead, and xrlearn then uses the graphics card by itself. macOS and Windows builds need no choice.

PYTHON ?= $(or $(shell command -v python3.11),python3)
BIN := .venv/bin
READY := .venv/.ready
ARGS ?=
# Public data sets that lie ready beside the repository are found by this variable.
export XRLEARN_FILMS ?= $(realpath ../shared/realdata)

PYTORCH := https://download.pytorch.org/whl/cpu
PROBE := $(PYTHON) -c 'import urllib.request as u; u.urlopen(u.Request("$(PYTORCH)/torch/", method="HEAD"), timeout=2)'
CPU_ONLY = $(if $(GPU),,$(shell [ "$$(uname)" = Linux ] && $(PROBE) 2>/dev/null && \
	echo --find-links $(PYTORCH)/torch/ --find-links $(PYTORCH)/torchvision/))

.PHONY: run lab test coverage test-slow mutants fuzz check bench bench-real contact-sheets weights ready-films ready-networks headline ladder readme pictures soak build setup browser \
	notebooks constraints font clean

run: $(READY)
	@$(BIN)/xrlearn run $(ARGS)

lab: $(READY)
	@$(BIN)/xrlearn lab $(ARGS)

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "xrlearn needs Python 3.11 or later: make PYTHON=...")'
	@echo "Setting up .venv: about 2 GB and a few minutes, this once."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(CPU_ONLY) -c constraints.txt -e ".[dev]"
	@touch $@

# Two at a time, a file each, so that what a file prepares is prepared once; the long files come first. ARGS="-n 3" is a
# little quicker on two processors, and asks more patience of tests that wait for a browser.
TEST := pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=20
test: $(READY) browser
	@$(BIN)/$(TEST) $(ARGS)

# The same, with the share of lines and branches that it ran.
coverage: $(READY) browser
	@$(BIN)/$(TEST) --cov --cov-report=term --cov-report=xml:artefacts/coverage.xml --cov-fail-under=90 $(ARGS)

test-slow: $(READY) browser mutants
	@$(BIN)/pytest -m slow $(ARGS)

# Small faults put into the code one at a time: which of them no test notices? See [tool.mutmut] in pyproject.toml, which
# names more than is tried unasked: make mutants MUTATE="'xrlearn.stats.roc*'".
MUTATE ?= 'xrlearn.stats.checks*' 'xrlearn.stats.bounded*' 'xrlearn.phantom.truth*' \
	$(patsubst %,'xrlearn.radiograph.%*',display geometry hand header intensity knee limits spine stream wrist)
mutants: $(READY)
	@rm -rf mutants && $(BIN)/mutmut run $(MUTATE) && $(BIN)/mutmut results

# Films, tables and study files with bytes changed at random, many more than `make test` tries.
fuzz: $(READY)
	@XRLEARN_FUZZ=$${XRLEARN_FUZZ:-1000} $(BIN)/pytest tests/test_fuzz.py --timeout 3600 $(ARGS)

check: $(READY)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

bench: $(READY)
	@for script in $$(ls benchmarks/*.py | grep -v _real); do echo "== $$script"; $(BIN)/python $$script $(ARGS) || exit; done

bench-real: $(READY)
	@for script in benchmarks/*_real.py; do echo "== $$script"; $(BIN)/python $$script $(ARGS) || exit; done

contact-sheets: $(READY)
	@$(BIN)/python tools/contact_sheets.py $(ARGS)

# What some tests need beside Python (Chromium, a font, PostgreSQL); without it they are skipped.
browser: $(READY)
	@tools/browser.sh

# The source distribution, the wheel made from it, and proof that the wheel installs and answers.
build: $(READY)
	@rm -rf dist build/tried && $(BIN)/python -m build --outdir dist . >/dev/null
	@$(PYTHON) -m venv build/tried && build/tried/bin/python -m pip install --quiet --disable-pip-version-check \
		-c constraints.txt --no-deps dist/*.whl click lazy-loader packaging platformdirs && build/tried/bin/xrlearn --version

# The exact versions of everything, anew from pyproject.toml. Run the tests before committing the result.
constraints:
	rm -rf build/closure && $(PYTHON) -m venv build/closure
	build/closure/bin/python -m pip install --quiet $(CPU_ONLY) ".[dev]"
	sed -n '/^#/p' constraints.txt > build/constraints.txt
	build/closure/bin/python -m pip freeze --exclude xrlearn | sed 's/+cpu$$//' >> build/constraints.txt
	mv build/constraints.txt constraints.txt && rm -rf build/closure

# The lessons, built from their one source in two languages.
notebooks: $(READY)
	@$(BIN)/python tools/make_notebooks.py

# The models that ship, anew where films or recipes have changed; may be interrupted and given again.
weights: $(READY)
	@$(BIN)/python tools/make_weights.py $(ARGS)

# The films that lessons ship with, anew after a change of the simulator that shows on wrists.
ready-films: $(READY)
	@$(BIN)/python tools/make_ready_films.py
	@$(BIN)/python tools/make_ready_networks.py

# The small networks that lessons open with, anew after a change of how they are trained.
ready-networks: $(READY)
	@$(BIN)/python tools/make_ready_networks.py

# docs/headline.md: trains and measures every system, a row at a time; may be interrupted and given again.
headline: weights
	@$(BIN)/python tools/headline.py

# docs/ladder.md: simulation alone, and refined on 10, 50, 200 real films; needs the real packs, a rung at a time.
ladder: $(READY)
	@$(BIN)/python tools/ladder.py $(ARGS)

# README's table of figures, from the models' cards.
readme: $(READY)
	@$(BIN)/python tools/readme_figures.py

# The pictures of home page and lessons from simulated films, and README's, as the browser tests see the pages.
PICTURED := tests/labs/test_home.py tests/labs/test_case_review_browser.py tests/labs/test_augment_browser.py \
	tests/readers/test_reader_study_browser.py tests/serve/test_teacher_browser.py
pictures: $(READY) browser
	@$(BIN)/python tools/make_pictures.py
	@$(BIN)/pytest -q -m browser $(PICTURED) && $(BIN)/python tools/readme_pictures.py

# docs/soak.md; shorter and with fewer visitors it only says what it saw: ARGS="--minutes 3 --visitors 4"
soak: $(READY)
	@$(BIN)/python tools/soak.py $(ARGS)

font: $(READY)
	@$(BIN)/python tools/make_font.py

clean:
	rm -rf .venv build dist artefacts mutants .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
