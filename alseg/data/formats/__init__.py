"""File formats of medical images: one reader each, all to a `Stack` of slices with its spacing."""
