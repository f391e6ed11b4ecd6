"""What the hub gives to everybody's server: the first page, and the database of studies where there is one."""

import os
from pathlib import Path

told = Path(os.environ.get("TLJH_INSTALL_PREFIX", "/opt/tljh"), "config", "xrlearn.env")
lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
c.Spawner.environment = dict(line.split("=", 1) for line in lines if "=" in line)  # type: ignore[name-defined]  # noqa: F821
c.Spawner.default_url = "/dashboards/"  # type: ignore[name-defined]  # noqa: F821
