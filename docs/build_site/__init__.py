"""What the build of the documentation site makes of code and configs; ``mkdocs.yml`` names the pages that are written by hand."""
