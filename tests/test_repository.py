"""What stands around the code: hooks, workflows, citation and changelog agree with it and with each other."""

import re
import tomllib
from pathlib import Path

import pytest

from xrlearn import __version__, doctor

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_hooks_take_the_versions_of_the_pins_and_no_environment_of_ours():
    hooks = read(".pre-commit-config.yaml")
    pinned = re.findall(r"additional_dependencies: \[([\w-]+)==([\d.]+)\]", hooks)
    assert {name for name, _ in pinned} == {"ruff", "nbstripout"}
    assert all(doctor.pins()[name] == version for name, version in pinned)
    assert ".venv" not in re.sub(r"#.*", "", hooks)


def test_the_version_stands_in_one_place_and_is_told_elsewhere():
    assert "version" in PROJECT["dynamic"]
    assert f"\nversion: {__version__}\n" in read("CITATION.cff")
    assert f"\n## [{__version__}]" in read("CHANGELOG.md")


def test_changes_are_kept_in_the_known_kinds():
    kinds = set(re.findall(r"^### (.*)$", read("CHANGELOG.md"), re.MULTILINE))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_binder_takes_the_processor_s_torch_of_the_pinned_version_and_no_other():
    assert f"\ntorch=={doctor.pins()['torch']}+cpu\n" in read("binder/requirements.txt")


def test_workflows_try_the_pythons_that_the_package_promises():
    promised = [line.rsplit(" ", 1)[1] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    tried = set(re.findall(r"python: \[(.*)\]", read(".github/workflows/ci.yml")))
    assert tried == {", ".join(f'"{version}"' for version in promised)}
    assert PROJECT["requires-python"] == f">={promised[0]}"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda file: file.name)
def test_actions_are_named_by_their_commit_and_may_do_only_what_they_must(workflow):
    written = workflow.read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)", written)
    assert used
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", action) for action in used)
    assert re.search(r"^permissions:", written, re.MULTILINE)
    assert written.count("actions/checkout@") == written.count("persist-credentials: false")
    assert "secrets." not in written


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "README.md"])
def test_files_and_targets_that_a_page_names_are_there(name):
    page = read(name)
    links = re.findall(r"\]\((?!https?://|#)([^)]+)\)", page)
    assert not [link for link in links if not (ROOT / link).exists()]
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = {word for line in re.findall(r"(?:^    |`)make ([a-z -]+)", page, re.MULTILINE) for word in line.split()}
    assert named <= targets | {"GPU"}


def test_what_the_guide_tells_to_copy_is_there():
    guide = read("CONTRIBUTING.md")
    for folder, file in (("phantom/regions", "heel.py"), ("data/layouts", "osteoporosis.py"), ("labs", "black_box.py")):
        assert file in guide
        assert (ROOT / "xrlearn" / folder / file).is_file()


def test_every_promise_of_safety_names_tests_that_are_there():
    promised, _, _ = read("docs/security.md").partition("## Not promised")
    *_, promises = promised.partition("## Promised")
    for promise in re.split(r"\n\n(?=\*\*)", promises.strip()):
        named = re.findall(r"`(tests/\w+/\w+\.py)::(\w+)`", promise)
        assert named, promise[:60]
        for file, test in named:
            assert f"def {test}(" in read(file), test
