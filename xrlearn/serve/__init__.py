"""Serving the dashboards: Voila as an application of its own, on this machine only.

Standalone Voila refuses requests to run code; as an extension of a Jupyter server it would run them, so it is never
used that way. Nothing leaves the machine: the pages are drawn by the template under ``jupyter/``, which loads no
fonts, styles or scripts from elsewhere, and a content security policy holds the browser to it.
"""

import sys

# An optional part of Jupyter's event logging, which we do not use, builds a grammar of international addresses when it
# is imported: 1.4 s of the 2.2 s that the server takes to start. Declared absent, it is left out.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
