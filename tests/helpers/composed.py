"""Configs as a command composes them."""

from hydra import compose, initialize_config_dir

from alseg.composition import folder_names as folders
from alseg.composition import paths
from alseg.composition import schema as config
from alseg.composition.compose import resolve


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (paths.conf() / group).glob("*.yaml"))


def composed(*overrides: str):
    config.register()
    folders.register()
    with initialize_config_dir(str(paths.conf()), version_base="1.3"):
        return resolve(
            compose("config", overrides=["data.root=/somewhere"] * ("data=folder" in overrides) + list(overrides))
        )
