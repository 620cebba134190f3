"""A live campaign, played: images without masks, three rounds of oracle=folder, and a script in the place of the person."""
