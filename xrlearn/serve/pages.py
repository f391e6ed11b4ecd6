"""What a page shows before its kernel has started, in the language asked for, and which of its cells are run."""

from pathlib import PurePosixPath
from typing import Any

import tornado.web

from ..locale import LANGUAGES, pick, room, text
from .kernels import requested_language

#: entries of the catalogue that the template needs
_WORDS = (
    "opening", "noscript", "stopped", "memory", "slow", "reload", "home", "missing", "refused", "failed",
    "moving", "stay", "go",
)  # fmt: skip


def words(lang: str) -> dict[str, str]:
    """Return the template's strings in `lang`."""
    return {word: text(f"serve.page.{word}", lang) for word in _WORDS} | {
        "disclaimer": text("common.not_for_diagnosis", lang)
    }


#: the tag of a lesson's cell that holds its lab
LAB = "lab"


def prepare(handler: Any, notebook: Any, cwd: str) -> None:
    """Put title and words for the shell of the page into the notebook's metadata (Voila's prelaunch hook).

    Of a lesson only the lab is served: the prose and the steps around it are for JupyterLab, where they can be run one
    by one. A page elsewhere may lead here by a link; a picture or a frame in it that names one of our pages starts
    nothing.
    """
    asked = handler.request.headers
    if asked.get("Sec-Fetch-Site", "none") not in ("none", "same-origin") and asked.get("Sec-Fetch-Dest") != "document":
        raise tornado.web.HTTPError(403)
    labs = [cell for cell in notebook.cells if LAB in cell.metadata.get("tags", ())]
    notebook.cells = labs or notebook.cells
    handler.xsrf_token  # noqa: B018  (reading it sets the cookie without which a closing page may not end its kernel)
    lang = requested_language(handler.request.query)
    ours = notebook.metadata.setdefault("xrlearn", {})
    name = PurePosixPath(handler.request.path).stem.replace("-", " ").capitalize()
    ours["page"] = {"lang": lang, "title": pick(ours.get("title") or {lang: name}, lang), **words(lang)}
    ours["page"]["class"] = handler.settings.get("xrlearn_class", False)


def plain(section: str, handler: Any, lang: str, **values: Any) -> str:
    """Return a page without a program behind it: the template of a section of the catalogue, filled with its words."""
    prefix = f"{section}."
    keys = [key.removeprefix(prefix) for key in room("serve") if key.startswith(prefix)]
    template = handler.settings["voila_jinja2_env"].get_template(f"{section}.html")
    drawn: str = template.render(
        lang=lang,
        languages=LANGUAGES,
        page=words(lang),
        words={key: text(f"serve.{section}.{key}", lang, **{"page": "{page}"} | values) for key in keys},
        base_url=handler.base_url,
        xsrf=handler.xsrf_form_html(),
        **values,
    )
    return drawn
