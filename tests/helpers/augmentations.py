"""Settings of the augmentation."""

OFF = dict.fromkeys(
    ("flip_horizontal", "flip_vertical", "rotate", "scale", "shift", "brightness", "contrast", "gamma", "noise"), 0.0
)
