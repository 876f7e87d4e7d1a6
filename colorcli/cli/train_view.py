"""What `colorcli train` shows: a bar on a terminal, now and then a line elsewhere, a table at the end."""

import logging
import math
import time
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console as Terminal
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from colorcli.cli.console import LINE_EVERY

if TYPE_CHECKING:
    from colorcli.cli.console import Console
    from colorcli.training.data.cache import PhotoCache
    from colorcli.training.fit_callback import Progress as RunProgress
    from colorcli.training.run_folder.history import Epoch
    from colorcli.training.trainer import Listener
    from colorcli.training.validation import ValidationResult

_LOG = logging.getLogger("colorcli")
COLUMNS = ("category", "photographs", "PSNR dB", "grey dB", "chroma ratio", "colourful", "truth")


class View:
    """Listens to a run."""

    def __init__(self, console: "Console") -> None:
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[left]}"),
            console=console.terminal,
            transient=True,
            disable=not console.shows_bars,
        )
        self.task = self.bar.add_task("", total=None, left="")
        self.told = time.monotonic()

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def listener(self) -> "Listener":
        """Itself, as the core wants it."""
        from colorcli.training.trainer import Listener

        return Listener(self.show_photo, self.show_cache, self.show_progress, self.show_epoch)

    def show_photo(self, kept: int, skipped: int) -> None:
        """The cache grows."""
        self._show(f"decoding photographs: {kept} kept, {skipped} skipped")

    def show_cache(self, cache: "PhotoCache") -> None:
        """All photographs are decoded."""
        reasons = [f"{count} {reason}" for reason, count in cache.skipped().most_common()]
        _LOG.info(f"{len(cache)} photographs; skipped: {', '.join(reasons) or 'none'}")

    def show_progress(self, progress: "RunProgress") -> None:
        """A batch is done."""
        left = str(timedelta(seconds=round(progress.left)))
        text = (
            f"epoch {progress.epoch + 1}, {progress.batch}/{progress.batches}: loss {progress.loss:.4f}, "
            f"rate {progress.rate:.1e}, {progress.speed:.1f} photographs/s"
        )
        self._show(text, progress.share, f"{left} left")

    def show_epoch(self, epoch: "Epoch", best: bool) -> None:
        """An epoch is done."""
        text = f"epoch {epoch.epoch}: loss {epoch.loss:.4f}"
        if not math.isnan(epoch.validation_loss):
            text += (
                f", validation loss {epoch.validation_loss:.4f}, PSNR {epoch.psnr:.2f} dB, "
                f"chroma ratio {epoch.chroma_ratio:.2f}{' (the best so far)' if best else ''}"
            )
        _LOG.info(text)

    def print_validation(self, validation: "ValidationResult") -> None:
        """The table by category, on stdout."""
        table = Table(*COLUMNS, box=None, pad_edge=False, title="validation", title_justify="left")
        for column in table.columns[1:]:
            column.justify = "right"
        for category, (count, scores) in validation.by_category().items():
            table.add_row(
                category,
                str(count),
                f"{scores.psnr:.2f}",
                f"{scores.grey_psnr:.2f}",
                f"{scores.chroma_ratio:.2f}",
                f"{scores.colourfulness:.1f}",
                f"{scores.true_colourfulness:.1f}",
            )
        Terminal(highlight=False, soft_wrap=True).print(table)

    def _show(self, text: str, share: float | None = None, left: str = "") -> None:
        self.bar.update(self.task, description=text, total=1.0 if share else None, completed=share, left=left)
        if self.bar.disable and time.monotonic() - self.told > LINE_EVERY:
            self.told = time.monotonic()
            _LOG.info(f"{text}, {left}" if left else text)
