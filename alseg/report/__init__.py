"""Run folders in, tables, figures and one HTML page out. Knows nothing of alseg but the files of a run folder.

Agreement of measurements is computed by `alseg.metrics.agreement`.
"""

from alseg.report.pages.terminal import render
from alseg.report.statistics.panels import Report
from alseg.report.write_report import write_report

__all__ = ["Report", "render", "write_report"]
