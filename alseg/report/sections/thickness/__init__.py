"""Agreement of the carotid wall thickness: a section of the report in a folder of its own."""

from alseg.report.sections.thickness.section import Thickness

SECTION = Thickness()
