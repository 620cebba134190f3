"""The sections of a report, one module each; `found_sections` finds them by themselves."""
