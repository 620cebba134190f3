"""Pictures of a report, for print and for the screen."""
