"""A preheated process: imports what it is told to, and is then the one kernel that it is asked to be.

``python -m ... WHAT...``: for systems that cannot fork. What it is to be is told in a line on its input: a kernel's
arguments, environment and folder. Who needs a kernel while it still imports does not wait for all of it.
"""

import contextlib
import json
import os
import sys
import threading
from typing import Any

from .kernel import become, load, without_debugger


def main() -> None:
    """Import, wait to be asked, and be a kernel; end when there is nobody left who could ask."""
    told: list[dict[str, Any]] = []

    def listen() -> None:
        with contextlib.suppress(ValueError):
            told.append(json.loads(sys.stdin.buffer.readline()))

    asked = threading.Thread(target=listen, daemon=True)
    asked.start()
    without_debugger()
    for module in sys.argv[1:]:
        if not asked.is_alive():
            break
        load(module)
    asked.join()
    if told:
        launched = {name: value for name, value in os.environ.items() if name.startswith("JPY_")}  # by jupyter_client
        become(told[0]["arguments"], told[0]["env"] | launched, told[0]["cwd"], None)


if __name__ == "__main__":
    main()
