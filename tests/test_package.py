"""The house itself: floors, pins, what is committed, and what travels in the wheel."""

import ast
import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from xrlearn import __version__, doctor, paths

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "xrlearn"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
ASKED = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
WANTED = [need for lines in ASKED for need in map(Requirement, lines) if need.name != "xrlearn"]

#: from the ground up; a room knows only the floors below its own, and the lowest ones know nobody
FLOORS = (
    {"locale", "memory", "paths", "progress"},
    {"stats", "radiograph"},
    {"data", "phantom", "records"},
    {"tasks"},
    {"training"},
    {"heatmaps", "readers", "pacs"},
    {"labs"},
    {"doctor", "serve"},
    {"cli"},
)


def imports(file: Path) -> set[str]:
    """Return the full names of the modules that a file imports."""
    here = file.relative_to(ROOT).with_suffix("").parts
    package = here[:-1]
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            origin = ".".join(filter(None, [base, node.module]))
            found |= {f"{origin}.{alias.name}" for alias in node.names} | {origin}
    return found


def rooms() -> dict[str, list[Path]]:
    """Every file of the package by its room."""
    found: dict[str, list[Path]] = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        if file != PACKAGE / "__init__.py":  # the face knows every room, and loads none before it is asked for
            found.setdefault(file.relative_to(PACKAGE).parts[0].removesuffix(".py"), []).append(file)
    return found


def test_every_room_has_its_floor():
    assert set(rooms()) <= set().union(*FLOORS)


@pytest.mark.parametrize("floor", range(len(FLOORS)))
def test_rooms_know_only_the_floors_below(floor):
    for room in FLOORS[floor]:
        known = set().union(*FLOORS[:floor]) | {room, "__version__"}
        for file in rooms().get(room, []):
            strangers = {
                name for name in imports(file) if name.startswith("xrlearn.") and name.split(".")[1] not in known
            }
            assert not strangers, file


def test_only_labs_know_widgets_and_only_learning_rooms_know_torch():
    for file in PACKAGE.rglob("*.py"):
        room, roots = file.relative_to(PACKAGE).parts[0], {name.split(".")[0] for name in imports(file)}
        if room != "labs":
            assert not roots & {"ipywidgets", "anywidget"}, file
        if room in {"stats", "radiograph", "data", "locale", "serve"}:
            assert not roots & {"torch", "fastai", "timm", "torchvision"}, file


def test_lower_rooms_never_load_torch():
    code = "import sys, xrlearn, xrlearn.stats, xrlearn.radiograph, xrlearn.data; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("need", WANTED, ids=str)
def test_the_tested_version_is_pinned_and_allowed(need):
    pinned = doctor.pins()[canonicalize_name(need.name)]
    assert need.specifier.contains(pinned)


def test_pins_are_exact_and_name_no_build():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 100
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9a-z.]+", line)] == []


def test_torch_and_torchvision_are_named_exactly_in_both_files():
    """Each torchvision works with exactly one torch."""
    named = {need.name: str(need.specifier) for need in WANTED}
    for name in ("torch", "torchvision"):
        assert named[name] == f"=={doctor.pins()[name]}"


def test_notebooks_are_committed_without_outputs_or_widget_state():
    """Widget state can hold an uploaded film."""
    for file in paths.NOTEBOOKS.rglob("*.ipynb"):
        book = json.loads(file.read_text(encoding="utf-8"))
        assert "widgets" not in book["metadata"], file
        for cell in book["cells"]:
            assert not cell.get("outputs"), file
            assert cell.get("execution_count") is None, file


def test_nothing_for_the_browser_names_an_address_elsewhere():
    harmless = re.compile(r"http://www\.w3\.org/")
    for kind in ("*.js", "*.css", "*.html", "*.j2", "*.svg"):
        for file in PACKAGE.rglob(kind):
            addresses = re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}[^\s\"')]*", file.read_text(encoding="utf-8"))
            assert not [address for address in addresses if not harmless.match(address)], file


def test_no_module_shadows_click():
    assert not list(ROOT.glob("**/xrlearn/**/click.py"))


class TestDoctor:
    def test_finds_this_house_in_order(self):
        amiss = [finding for finding in doctor.examine() if finding.needed and not finding.ok]
        assert not amiss

    def test_names_a_missing_package_and_a_differing_one(self, monkeypatch):
        monkeypatch.setattr(doctor, "requires", lambda name: ["numpy", "no-such-package>=2", 'x; extra == "dev"'])
        monkeypatch.setattr(doctor, "pins", lambda: {"numpy": "0.1"})
        findings = {finding.check: finding for finding in doctor._packages()}
        assert findings.keys() == {"numpy", "no-such-package"}
        assert findings["no-such-package"].needed
        assert "pip install no-such-package" in findings["no-such-package"].text
        assert not findings["numpy"].needed
        assert f"numpy is {version('numpy')}; tested with 0.1" in findings["numpy"].text

    def test_remarks_upon_an_extra_that_is_not_whole(self, monkeypatch):
        monkeypatch.setattr(
            doctor, "requires", lambda name: ["click", 'numpy; extra == "study"', 'no-such-package>1; extra == "serve"']
        )
        serve, study = doctor._extras()
        assert (serve.check, serve.ok, serve.needed) == ("xrlearn[serve]", False, False)
        assert "no-such-package" in serve.text
        assert "pip install 'xrlearn[serve]'" in serve.text
        assert study.ok

    def test_notices_missing_pages_and_broken_weights(self, monkeypatch, tmp_path):
        monkeypatch.setattr(doctor.paths, "NOTEBOOKS", tmp_path)
        monkeypatch.setattr(doctor.paths, "DATASETS", tmp_path)
        assert [finding.ok for finding in doctor._share()] == [False, False]
        (tmp_path / "fracture.safetensors").write_bytes(b"not tensors")
        monkeypatch.setattr(doctor.paths, "WEIGHTS", tmp_path)
        (finding,) = doctor._weights()
        assert not finding.ok
        assert "fracture.safetensors does not load" in finding.text

    def test_comes_to_its_end_whatever_breaks(self, monkeypatch):
        def _odd():
            raise RuntimeError("broken")
            yield

        monkeypatch.setattr(doctor, "_CHECKS", (_odd, doctor._python))
        first, second = doctor.examine()
        assert not first.ok
        assert "broken" in first.text
        assert second.ok

    def test_reports_as_json_and_by_its_exit_code(self):
        run = subprocess.run(
            [sys.executable, "-m", "xrlearn.cli", "doctor", "--json"], capture_output=True, check=False
        )
        report = json.loads(run.stdout)
        assert report["healthy"] == (run.returncode == 0)
        assert {"python", "torch", "catalogue"} <= {finding["check"] for finding in report["findings"]}


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A folder with the source distribution, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (file,) = built.glob("xrlearn-*.whl")
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory) -> Path:
    """A folder into which the built wheel is installed, without what it needs (that is here already)."""
    site = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True)
    return site


@pytest.mark.slow
class TestWheel:
    """`pip install .` gives the same powers from any folder."""

    def run(self, installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(installed), "XRLEARN_LANG": "en"}
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(command, cwd="/", env=env, capture_output=True, text=True, check=False)

    def test_holds_notebooks_cards_weights_and_catalogue(self, installed):
        for name in ("share/notebooks/index.ipynb", "share/constraints.txt", "locale/fonts/NotoSansSC-part.otf"):
            assert (installed / "xrlearn" / name).is_file()
        for source, target in ((paths.NOTEBOOKS, "notebooks"), (paths.DATASETS, "datasets")):
            wanted = {file.relative_to(source) for file in source.rglob("*.[it]*") if file.is_file()}
            assert wanted
            assert {file for file in wanted if not (installed / "xrlearn" / "share" / target / file).is_file()} == set()
        for kind in ("*.safetensors", "*.toml", "*.j2", "*.css", "*.js"):
            assert {f.relative_to(PACKAGE) for f in PACKAGE.rglob(kind)} <= {
                f.relative_to(installed / "xrlearn") for f in (installed / "xrlearn").rglob(kind)
            }

    def test_the_doctor_finds_it_in_order(self, installed):
        run = self.run(installed, "xrlearn.cli", "doctor", "--json")
        report = json.loads(run.stdout)
        assert not [finding for finding in report["findings"] if finding["needed"] and not finding["ok"]]
        assert run.returncode == 0

    def test_lists_data_sets(self, installed):
        run = self.run(installed, "xrlearn.cli", "data", "list")
        assert run.returncode == 0
        assert "fracatlas" in run.stdout

    def test_serves_its_pages(self, installed):
        from urllib.request import urlopen

        env = {**os.environ, "PYTHONPATH": str(installed), "XRLEARN_LANG": "en", "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-m", "xrlearn.cli", "run", "--no-browser", "--port", "8990"]
        server = subprocess.Popen(command, cwd="/", env=env, stdout=subprocess.PIPE, text=True)
        try:
            address = next(word for line in server.stdout for word in line.split() if word.startswith("http://"))
            with urlopen(address) as answer:
                assert "Not for diagnosis" in answer.read().decode()
        finally:
            server.terminate()
            server.communicate(timeout=30)

    def test_carries_its_types_licences_and_the_version_of_the_code(self, wheel):
        with ZipFile(wheel) as archive:
            names = archive.namelist()
            about = archive.read(next(name for name in names if name.endswith("dist-info/METADATA"))).decode()
        assert "xrlearn/py.typed" in names
        assert f"\nVersion: {__version__}\n" in about
        assert "\nAuthor: xrlearn contributors\n" in about
        assert {"LICENSE", "NOTICE.md", "OFL.txt"} <= {Path(name).name for name in names if "/licenses/" in name}

    def test_the_source_distribution_brings_the_tests_and_no_scratch(self, built):
        (file,) = built.glob("xrlearn-*.tar.gz")
        with tarfile.open(file) as archive:
            names = {name.split("/", 1)[1] for name in archive.getnames() if "/" in name}
        assert {"pyproject.toml", "constraints.txt", "tests/test_package.py", "notebooks/index.ipynb"} <= names
        assert not [name for name in names if name.split("/")[0] in {"artefacts", "build", "dist", ".venv", ".git"}]


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("empty") / "env"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*pip, "-c", str(ROOT / "constraints.txt"), str(wheel)], check=True)
    return python


@pytest.mark.slow
@pytest.mark.timeout(1800)
class TestEmptyEnvironment:
    """`pip install xrlearn` where there was nothing: the verbs work, and no server comes along."""

    def run(self, python: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"XRLEARN_LANG": "en"}
        return subprocess.run(
            [str(python), "-m", *arguments], cwd="/", env=env, capture_output=True, text=True, check=False
        )

    def test_brings_no_server_and_nothing_that_does_not_fit(self, python):
        listed = json.loads(self.run(python, "pip", "list", "--format=json").stdout)
        assert not {"voila", "jupyterlab", "jupyter-server", "sqlalchemy", "pytest", "statsmodels"} & {
            canonicalize_name(package["name"]) for package in listed
        }
        checked = self.run(python, "pip", "check")
        assert checked.returncode == 0, checked.stdout

    def test_the_verbs_work(self, python, tmp_path):
        report = json.loads(self.run(python, "xrlearn.cli", "doctor", "--json").stdout)
        assert not [finding for finding in report["findings"] if finding["needed"] and not finding["ok"]]
        made = self.run(python, "xrlearn.cli", "simulate", "wrist", "-n", "2", "--out", str(tmp_path / "films"))
        assert made.returncode == 0, made.stderr
        (film, _) = sorted((tmp_path / "films" / "images").glob("*.png"))
        assert self.run(python, "xrlearn.cli", "predict", str(film)).returncode == 0

    def test_what_is_not_installed_is_named_in_one_sentence(self, python):
        refused = self.run(python, "xrlearn.cli", "run", "--no-browser")
        assert refused.returncode == 1
        assert "pip install 'xrlearn[serve]'" in refused.stderr
        assert "Traceback" not in refused.stderr
