"""Cost curves as CSV: every metric beside labels, seconds of annotation and seconds of queries."""

from __future__ import annotations

import pandas as pd

from alseg.report.statistics.panels import Report


def costs_csv(report: Report) -> str:
    """A line per data set, condition and budget; seconds are sums up to that budget, means over seeds."""
    lines = []
    for panel in report.panels:
        means = {metric: {r.row.label: r.by_budget for r in panel.results(metric)} for metric in panel.metrics}
        for row in panel.rows:
            for budget, one in row.spent.items():
                line: dict[str, object] = {"data": panel.data, "condition": row.label, "n_labelled": budget}
                line |= {"n_seeds": one.n, "annotation_seconds": one.annotation, "query_seconds": one.query}
                for metric, by_label in means.items():
                    e = by_label[row.label].get(budget)
                    line[metric] = e.mean if e else None
                lines.append(line)
    return pd.DataFrame(lines).to_csv(index=False)
