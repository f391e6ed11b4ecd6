"""JupyterLab on the notebooks, for those who want to see and change the code."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from .. import paths

_SETTINGS = (
    # As an extension of a Jupyter server, Voila would run code that a page sends it.
    "--ServerApp.jpserver_extensions={'voila.server_extension': False}",
    "--ServerApp.ip=127.0.0.1",
    # JupyterLab asks the network for news and updates unless told not to.
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
)


def workspace(folder: Path | None = None) -> Path:
    """Return the folder to work in, with the notebooks in it.

    In the repository that is ``notebooks/`` itself. Elsewhere the notebooks that came with the package are copied to
    `folder` (``xrlearn-notebooks`` here when left out), so that an upgrade does not overwrite a learner's changes; a
    file that is there already is left alone.
    """
    installed = paths.NOTEBOOKS.parent.name == "share"
    if folder is None and not installed:
        return paths.NOTEBOOKS
    folder = (folder or Path("xrlearn-notebooks")).resolve()
    for source in sorted(paths.NOTEBOOKS.rglob("*")):
        target = folder / source.relative_to(paths.NOTEBOOKS)
        if source.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return folder


def start(folder: Path, port: int, no_browser: bool = False) -> int:
    """Run JupyterLab on `folder` until it is ended; return its exit status."""
    if find_spec("jupyterlab") is None:
        raise ModuleNotFoundError("No module named 'jupyterlab'", name="jupyterlab")
    command = [sys.executable, "-m", "jupyterlab", *_SETTINGS, f"--ServerApp.root_dir={folder}", f"--port={port}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # containers; Jupyter asks for it by name
        command.append("--allow-root")
    if (folder / "index.ipynb").is_file():
        command.append("--LabApp.default_url=/lab/tree/index.ipynb")
    try:
        return subprocess.run([*command, *(["--no-browser"] if no_browser else [])], check=False).returncode
    except KeyboardInterrupt:
        return 0
