"""Pages for people: the page, the pages of runs, Markdown, LaTeX and the terminal."""
