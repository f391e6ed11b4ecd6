"""What is installed, what is missing and how to mend it: one finding a line."""

import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from . import locale, paths
from .locale import text

_GIB = 2**30
#: Free memory for a page that trains, and room on the disk for one data set.
MEMORY_WANTED, DISK_WANTED = 2 * _GIB, 2 * _GIB

#: Exact versions that were tested: beside the notebooks, in the repository as in the package.
_PINS = paths.NOTEBOOKS.parent / "constraints.txt"

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_MAC_BROWSERS = ("Google Chrome.app/Contents/MacOS/Google Chrome", "Chromium.app/Contents/MacOS/Chromium")


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes
    ----------
    check : str
        What was looked at.
    ok : bool
        Whether it is as it should be.
    needed : bool
        Whether xrlearn fails without it; what is not needed is only remarked upon.
    text : str
        What was found or, where something is amiss, how to mend it.
    """

    check: str
    ok: bool
    text: str
    needed: bool = True


def pins(file: Path = _PINS) -> dict[str, str]:
    """Return the tested version of each package, by normalised name; empty where the list is missing.

    Examples
    --------
    >>> "torch" in pins()
    True
    """
    if not file.is_file():
        return {}
    lines = (line.strip().split("==") for line in file.read_text(encoding="utf-8").splitlines() if "==" in line)
    return {_normal(name): number for name, number in lines}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def chromium() -> Path | None:
    """Return the browser that browser tests can drive (Chromium, Chrome or Edge), or None."""
    named = os.environ.get("XRLEARN_CHROMIUM")
    for candidate in filter(None, [named, *map(shutil.which, _BROWSERS)]):
        return Path(candidate)
    folders = (Path("/Applications"), Path.home() / "Applications")
    downloaded = (
        Path.home() / ".cache" / "ms-playwright",
        Path.home() / "Library" / "Caches" / "ms-playwright",
        Path(os.environ.get("LOCALAPPDATA", Path.home())) / "ms-playwright",
    )
    found = [folder / app for folder in folders for app in _MAC_BROWSERS]
    for folder in downloaded:
        for name in ("chrome", "chrome.exe", "Chromium"):
            found += folder.glob(f"chromium-*/*/{name}")
    return next((path for path in found if path.is_file()), None)


def _python() -> Iterator[Finding]:
    number = ".".join(map(str, sys.version_info[:3]))
    ok = sys.version_info >= (3, 11)
    yield Finding("python", ok, text("doctor.python.ok" if ok else "doctor.python.old", version=number))


def _name(requirement: str) -> str:
    return re.split(r"[\s\[;<>=!~]", requirement)[0]


def _here(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def _extras() -> Iterator[Finding]:
    """What only some powers need: `[serve]` for the dashboards, `[study]` for reader studies."""
    for extra in ("serve", "study"):
        needs = [_name(need) for need in requires("xrlearn") or [] if re.search(f"extra == .{extra}.", need)]
        lacking = [name for name in needs if not _here(name)]
        key = "doctor.extras.none" if lacking else "doctor.extras.ok"
        yield Finding(f"xrlearn[{extra}]", not lacking, text(key, extra=extra, names=", ".join(lacking)), needed=False)


def _packages() -> Iterator[Finding]:
    try:
        wanted = [_name(need) for need in requires("xrlearn") or [] if "extra ==" not in need]
    except PackageNotFoundError:
        yield Finding("packages", False, text("doctor.packages.not_installed"))
        return
    tested, good = pins(), True
    for name in wanted:
        try:
            here = version(name)
        except PackageNotFoundError:
            good = False
            yield Finding(name, False, text("doctor.packages.missing", name=name))
            continue
        if (there := tested.get(_normal(name))) and here.split("+")[0] != there:
            good = False
            yield Finding(
                name, False, text("doctor.packages.differs", name=name, here=here, tested=there), needed=False
            )
    if good:
        yield Finding(
            "packages", True, text("doctor.packages.ok" if tested else "doctor.packages.untested", count=len(wanted))
        )


def _torch() -> Iterator[Finding]:
    try:
        import torch

        from .training import operators
    except (ImportError, OSError) as error:
        yield Finding("torch", False, text("doctor.torch.broken", error=error))
        return
    if torch.cuda.is_available():
        yield Finding(
            "torch", True, text("doctor.torch.gpu", version=torch.__version__, name=torch.cuda.get_device_name())
        )
    else:
        yield Finding("torch", True, text("doctor.torch.cpu", version=torch.__version__, cores=os.cpu_count()))
    state = operators.declare()
    yield Finding("torchvision", state != "absent", text(f"doctor.torchvision.{state}"))


def _weights() -> Iterator[Finding]:
    from safetensors import SafetensorError, safe_open

    files = sorted(paths.WEIGHTS.glob("*.safetensors"))
    for file in files:
        try:
            with safe_open(file, "np") as tensors:
                names = tensors.keys()
                for name in names:
                    tensors.get_slice(name).get_shape()
            if not file.with_suffix(".json").is_file():
                raise FileNotFoundError(file.with_suffix(".json").name)
        except (SafetensorError, OSError) as error:
            yield Finding(file.name, False, text("doctor.weights.broken", name=file.name, error=error))
        else:
            mib = file.stat().st_size / 2**20
            yield Finding(
                file.name, True, text("doctor.weights.ok", name=file.stem, count=len(names), mib=f"{mib:.1f}")
            )
    if not files:
        yield Finding("weights", False, text("doctor.weights.none"))


def _share() -> Iterator[Finding]:
    count = len(list(paths.NOTEBOOKS.glob("*.ipynb")))
    ok = (paths.NOTEBOOKS / "index.ipynb").is_file()
    yield Finding("notebooks", ok, text("doctor.notebooks.ok" if ok else "doctor.notebooks.none", count=count))
    cards = len(list(paths.DATASETS.glob("*/card.toml")))
    yield Finding("datasets", cards > 0, text("doctor.datasets.ok" if cards else "doctor.datasets.none", count=cards))


def _words() -> Iterator[Finding]:
    entries = {f"{room}.{key}": entry for room in locale.rooms() for key, entry in locale.room(room).items()}
    short = [key for key, entry in entries.items() if not all(entry.get(lang) for lang in locale.LANGUAGES)]
    found = "doctor.catalogue.short" if short else "doctor.catalogue.ok"
    yield Finding("catalogue", not short, text(found, count=len(entries), keys=", ".join(short[:3])))
    from .locale.fonts import FILE

    ok = FILE.is_file()
    yield Finding("font", ok, text("doctor.font.ok" if ok else "doctor.font.none"))


def _films() -> Iterator[Finding]:
    from .data import imported

    names = imported()
    key = "doctor.films.ok" if names else "doctor.films.none"
    yield Finding("films", bool(names), text(key, names=", ".join(names)), needed=False)


def _kept() -> Iterator[Finding]:
    for name, folder in paths.kept().items():
        yield Finding(f"folder of {name}", True, text(f"doctor.kept.{name}", folder=folder))


def _room() -> Iterator[Finding]:
    import psutil

    for check, free, wanted in (
        ("memory", psutil.virtual_memory().available, MEMORY_WANTED),
        ("disk", shutil.disk_usage(paths.cache()).free, DISK_WANTED),
    ):
        ok = free >= wanted
        says = text(
            f"doctor.{check}.ok" if ok else f"doctor.{check}.short", free=f"{free / _GIB:.1f}", wanted=wanted // _GIB
        )
        yield Finding(check, ok, says, needed=False)


def _port(port: int = 8866) -> Iterator[Finding]:
    with socket.socket() as probe:
        free = probe.connect_ex(("127.0.0.1", port)) != 0
    yield Finding("port", free, text("doctor.port.free" if free else "doctor.port.taken", port=port), needed=False)


def _browser() -> Iterator[Finding]:
    found = chromium()
    key = "doctor.browser.ok" if found else "doctor.browser.none"
    yield Finding("browser", found is not None, text(key, path=found), needed=False)


_CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _packages,
    _extras,
    _torch,
    _weights,
    _share,
    _words,
    _films,
    _kept,
    _room,
    _port,
    _browser,
)


def examine() -> Iterator[Finding]:
    """Look at everything xrlearn needs, one finding at a time.

    A check that itself fails is a finding too, so that the report always comes to its end.
    """
    for check in _CHECKS:
        try:
            yield from check()
        except Exception as error:  # the doctor reports, whatever is broken
            name = check.__name__.strip("_")
            yield Finding(name, False, text("doctor.unexpected", check=name, error=f"{type(error).__name__}: {error}"))
