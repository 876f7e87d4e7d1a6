"""index.html of a run: its curves and, newest first, the sheets of samples. It grows with the run."""

from html import escape
from pathlib import Path

from colorcli.training.run_folder.files import whole_run_file
from colorcli.training.run_folder.history import read_history

PAGE_NAME, CURVES_NAME, SAMPLES_NAME = "index.html", "curves.png", "samples"
RELOADED_EVERY = 60  # seconds, by a browser that has it open

HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="{seconds}">
<title>{name}</title>
<style>
body {{ font: 15px system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem }}
img {{ max-width: 100% }}
td, th {{ padding: 0 1rem 0 0; text-align: right }}
</style>
<h1>{name}</h1>
"""


def write_page(run: Path) -> None:
    """Make the page anew from what lies in the run's folder."""
    parts = [HEAD.format(seconds=RELOADED_EVERY, name=escape(run.absolute().name))]
    if (run / CURVES_NAME).exists():
        parts.append(f'<p><img src="{CURVES_NAME}" alt="losses, PSNR and chroma ratio over the steps"></p>\n')
    parts.append(_table(run))
    parts.append("<p>Left to right: grey, as the network colours it, as it is.</p>\n")
    parts += map(_sheet, reversed(_sheets(run)))
    with whole_run_file(run / PAGE_NAME) as part:
        part.write_text("".join(parts), encoding="utf-8", errors="replace")


def drop_sheets_after(run: Path, step: int) -> None:
    """Forget the samples that a resumed run will make again."""
    for sheet in _sheets(run):
        if _step(sheet) > step:
            sheet.unlink()


def _sheets(run: Path) -> list[Path]:
    return sorted((run / SAMPLES_NAME).glob("step-*.jpg"), key=_step)


def _step(sheet: Path) -> int:
    return int(sheet.stem.removeprefix("step-"))


def _sheet(path: Path) -> str:
    return (
        f'<h2>step {_step(path)}</h2>\n<img src="{SAMPLES_NAME}/{path.name}" alt="samples" loading="lazy">\n'
    )


def _table(run: Path) -> str:
    """The last epochs."""
    rows = [
        f"<tr><td>{epoch.epoch}<td>{epoch.seconds / 60:.0f}<td>{epoch.loss:.4f}"
        f"<td>{epoch.validation_loss:.4f}<td>{epoch.psnr:.2f}<td>{epoch.chroma_ratio:.2f}\n"
        for epoch in read_history(run)[-10:]
    ]
    titles = ("epoch", "minutes", "loss", "validation loss", "PSNR dB", "chroma ratio")
    return (
        f"<table><tr>{''.join(f'<th>{title}' for title in titles)}\n{''.join(rows)}</table>\n" if rows else ""
    )
