"""Progress bars on a terminal that a test states."""

import io
import re

import pytest
import pytorch_lightning as pl

from alseg.loop.progress import RoundProgress
from tests.helpers.pools import make_pool
from tests.helpers.tiny_learner import tiny_learner

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ERASED = "\x1b[2K"


@pytest.mark.parametrize("width", [80, 160])
def test_bars_name_the_round_fit_their_line_and_leave_nothing_behind(dataset, width):
    pool = make_pool(dataset)
    pool.label(dataset.ids[:6], dataset.targets[:6])
    terminal = io.StringIO()
    console = {"file": terminal, "force_terminal": True, "width": width, "color_system": None, "legacy_windows": False}
    bars = RoundProgress("round 1/4", refresh_rate=1, console_kwargs=console)
    options = {"logger": False, "enable_checkpointing": False, "enable_model_summary": False, "num_sanity_val_steps": 0}
    trainer = pl.Trainer(accelerator="cpu", max_steps=3, callbacks=[bars], **options)
    trainer.fit(tiny_learner(dataset, steps=3), pool)
    shown = terminal.getvalue()
    lines = [line for line in ESCAPES.sub("", shown).replace("\r", "\n").splitlines() if line.strip()]
    assert any(line.startswith("round 1/4 training") for line in lines)
    assert max(map(len, lines)) <= width
    assert ("\u2501" in shown) == (width == 160)  # the bar itself
    assert ESCAPES.sub("", shown.rsplit(ERASED, 1)[1]).strip() == ""
