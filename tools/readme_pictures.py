"""README's pictures, and that of docs/class.md, from those that the browser tests keep in artefacts/: `make pictures`.

Only pages on which every film is simulated or made up are shown.
"""

from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
#: name in docs/pages/ -> what the browser tests call it, and the first row that is shown
PICTURES = {
    "home": ("home-en", 0),
    "case-review": ("case-review-answered-en", 0),
    "lesson": ("augment-lab", 0),
    "reader-study": ("reader-study-made-up-en", 0),
    "study-results": ("study-results-en", 0),
    "teacher": ("teacher-ten-en-1280", 0),
}
WIDTH, HEIGHT = 960, 780
#: shown to their end
WHOLE = {"teacher"}
LARGEST = 150_000  # bytes


def shown(page: Image.Image, top: int, whole: bool = False) -> Image.Image:
    """Return one screen of a page, or all of it, made narrower; a page that is lower is shown whole."""
    rows = page.height if whole else round(HEIGHT * page.width / WIDTH)
    screen = page.convert("RGB").crop((0, top, page.width, min(top + rows, page.height)))
    return screen.resize((WIDTH, round(screen.height * WIDTH / screen.width)), Image.Resampling.LANCZOS)


def main() -> None:
    """Write them all, each as fine as its size allows."""
    folder = ROOT / "docs" / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    for name, (kept, top) in PICTURES.items():
        file = folder / f"{name}.webp"
        with Image.open(ROOT / "artefacts" / f"{kept}.png") as page:
            screen = shown(page, top, name in WHOLE)
        for quality in (85, 70, 50, 30):
            screen.save(file, quality=quality, method=6)
            if file.stat().st_size <= LARGEST:
                break


if __name__ == "__main__":
    main()
