"""Scores of single answers, as the callback `audit` wrote them."""

from __future__ import annotations

import pandas as pd

from alseg.metrics.audit_table import FILE, joined, read_answers
from alseg.report.read.damaged import DAMAGE, DamagedError, one_line
from alseg.report.read.read_runs import Run


def read_audit(run: Run) -> pd.DataFrame:
    """A line per answer of all rounds of a run, the query's before the next; empty where there was no audit.

    Raises:
        DamagedError: if a file cannot be read.
    """
    tables = []
    for path in sorted((run.path / "rounds").glob(f"*/{FILE}")):
        try:
            tables.append(read_answers(path))
        except DAMAGE as error:
            raise DamagedError(path, f"is no table of an audit ({one_line(error)})") from error
    return joined(tables)
