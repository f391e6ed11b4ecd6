"""What the package imports is what it asks for, and each extra brings what its rooms need."""

import ast
import json
import os
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "xrlearn"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
OWNERS = packages_distributions()

#: asked for without an import statement, and why
UNSEEN = {
    "jupyterlab": "`xrlearn lab` starts it as a process of its own",
    "musclemimic-models": "its bone shapes are read as files",
    "psycopg": "SQLAlchemy loads it for an address of PostgreSQL",
    "pylibjpeg": "pydicom finds its decoders",
}


def extra(file: Path) -> str:
    """The extra that brings what a file needs; empty for what comes with every installation."""
    room, name = file.relative_to(PACKAGE).parts[0], file.name
    if room in ("serve", "pacs"):
        return "" if name == "settings.py" else room  # case review asks whether there is an archive
    return "study" if room == "readers" or name.startswith(("reader_study", "study_results")) else ""


def asked(which: str) -> set[str]:
    """What an extra asks for itself, by normalised name; its own extras are left to themselves."""
    lines = EXTRAS[which] if which else PROJECT["dependencies"]
    return {canonicalize_name(Requirement(line).name) for line in lines} - {"xrlearn"}


def imported(which: str) -> set[str]:
    """The distributions that the files of an extra import, at the top or inside a function."""
    found = set()
    for file in PACKAGE.rglob("*.py"):
        if extra(file) != which:
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            roots = {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"xrlearn"}
            found |= {canonicalize_name(OWNERS.get(root, [root])[0]) for root in roots}
    return found


def closure(requirements: list[str]) -> set[str]:
    """All that an installation of these brings, by normalised name."""
    found: set[tuple[str, str]] = set()
    waiting = [Requirement(line) for line in requirements]
    while waiting:
        need = waiting.pop()
        for which in ("", *need.extras):
            key = (canonicalize_name(need.name), which)
            if key in found:
                continue
            found.add(key)
            try:
                lines = EXTRAS.get(which, []) if need.name == "xrlearn" else distribution(need.name).requires or []
            except PackageNotFoundError:
                continue
            for line in lines:
                inner = Requirement(line)
                if inner.marker is None or inner.marker.evaluate({"extra": which}):
                    waiting.append(inner)
    return {name for name, _ in found}


@pytest.mark.parametrize("which", ["", "study", "serve", "pacs"])
def test_what_is_imported_is_what_is_asked_for(which):
    base = asked("") if which else set()
    assert imported(which) - base == asked(which) - UNSEEN.keys()


def test_every_exception_is_asked_for_and_still_one():
    extras = ("", "study", "serve", "pacs")
    wanted, seen = (set().union(*map(which, extras)) for which in (asked, imported))
    assert UNSEEN.keys() <= wanted
    assert not UNSEEN.keys() & seen


def test_the_verbs_alone_bring_no_server_and_no_database():
    assert not closure(PROJECT["dependencies"]) & {"jupyter-server", "jupyterlab", "sqlalchemy", "tornado", "voila"}


IMPORT_ALL = """
import importlib, json, re, sys
from importlib.machinery import PathFinder
from importlib.metadata import packages_distributions

def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()

allowed, modules = map(set, json.load(sys.stdin))
blocked = {root for root, owners in packages_distributions().items() if not set(map(normal, owners)) & allowed}

class Fence(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.split(".")[0] in blocked else PathFinder.find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Fence
for module in sorted(modules):
    importlib.import_module(module)
json.dump(sorted(blocked & sys.modules.keys()), sys.stdout)
"""


@pytest.mark.parametrize(
    ("which", "lacking"), [("", "sqlalchemy"), ("study", "voila"), ("serve", "statsmodels"), ("pacs", "voila")]
)
def test_every_module_imports_with_what_its_extra_brings_alone(which, lacking):
    """In a process of its own, where everything else that is installed cannot be imported."""
    brought = closure([*PROJECT["dependencies"], *(EXTRAS[which] if which else [])])
    assert lacking not in brought
    files = [file for file in PACKAGE.rglob("*.py") if extra(file) == which and file.name != "__main__.py"]
    names = [".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for file in files]
    modules = [name for name in names if ".migrations." not in name]  # alembic runs those
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL],
        input=json.dumps([sorted(brought | {"xrlearn"}), modules]),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={k: v for k, v in os.environ.items() if not k.startswith("COV")},  # coverage would import itself
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert json.loads(run.stdout) == []
