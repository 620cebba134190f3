"""Hot paths beside plain references, as ratios measured in one run."""
