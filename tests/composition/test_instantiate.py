"""Objects of a config, and the address of the node in every error."""

import pickle

import pytest
from omegaconf import OmegaConf

from alseg.composition.compose import compose
from alseg.composition.instantiate import factory, instantiate
from alseg.errors import ConfigError, DataError
from alseg.learners.learner import DataSpec
from tests.helpers.discs import make_dataset

HERE = f"{__name__}."


class Part:
    """Something with one argument that may be wrong, and parts of its own."""

    def __init__(self, size=1, parts=None, more=None):
        if size < 1:
            raise ValueError(f"size={size}:\n at least 1")
        self.size, self.parts, self.more = size, parts, more


class Named:
    def __init__(self, name):
        self.name = name


class Broken:
    def __init__(self):
        raise DataError("manifest.csv: it is empty")


def part(**settings):
    return {"_target_": f"{HERE}Part", **settings}


def at(address, value):
    """A config with the value at the address."""
    config = OmegaConf.create()
    OmegaConf.update(config, address, value, force_add=True)
    return config


@pytest.mark.parametrize(
    ("node", "address"),
    [
        (part(size=0), "a.b.size"),
        (part(parts=part(size=0)), "a.b.parts.size"),
        (part(parts=part(parts=part(size=0))), "a.b.parts.parts.size"),
        (part(parts=[part(), part(size=0)]), "a.b.parts.1.size"),
        (part(parts={"x": part(), "Dr. Y": part(size=0)}), "a.b.parts.Dr. Y.size"),
        (part(parts=[{"x": [part(size=0)]}]), "a.b.parts.0.x.0.size"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_whole_address_is_in_the_error(node, address):
    with pytest.raises(ConfigError) as raised:
        instantiate(at("a.b", node).a.b)
    assert str(raised.value) == f"{address}=0: at least 1"


def test_a_part_that_is_made_later_knows_its_address_too():
    node = part(parts=[part(_partial_=True, more=3)])
    (later,) = instantiate(at("a.b", node).a.b).parts
    assert (later(size=2).size, later(2).size, later().more) == (2, 2, 3)
    with pytest.raises(ConfigError, match=r"^a\.b\.parts\.0\.size=0: at least 1$"):
        later(size=0)
    with pytest.raises(ConfigError, match=r"^a\.b\.parts\.0: .*unexpected keyword argument 'colour'$"):
        later(colour=1)
    assert pickle.loads(pickle.dumps(later))(size=2).more == 3


def test_arguments_that_no_config_holds_go_before_its_own():
    make = factory(at("a", part(size=0)).a)
    assert make(size=4).size == 4
    with pytest.raises(ConfigError, match=r"^a\.size=-1: "):
        make(size=-1)


def test_a_node_on_its_own_has_no_address():
    with pytest.raises(ConfigError, match="^size=0: at least 1$"):
        instantiate(OmegaConf.create(part(size=0)))


def test_other_errors_keep_their_own_words():
    with pytest.raises(DataError, match=r"^manifest\.csv: it is empty$"):
        instantiate(at("a", part(parts={"_target_": f"{HERE}Broken"})).a)


def test_a_name_is_for_people_unless_the_object_takes_one():
    made = instantiate(at("a", part(name="x", parts={"_target_": f"{HERE}Named", "name": "y"})).a)
    assert made.parts.name == "y"
    with pytest.raises(ConfigError, match=r"^a: .*unexpected keyword argument 'colour'"):
        instantiate(at("a", part(colour="red")).a)


def test_interpolations_lists_and_mappings_arrive_as_plain_python():
    config = OmegaConf.create({"n": 3, "a": part(size="${n}", parts=[1, {"x": [2]}])})
    made = instantiate(config.a)
    assert (made.size, made.parts) == (3, [1, {"x": [2]}])
    assert type(made.parts) is list
    assert type(made.parts[1]) is dict


@pytest.mark.parametrize("target", ["alseg.nowhere.Thing", f"{HERE}Nothing", "os.system"])
def test_a_target_that_is_none(target):
    with pytest.raises(ConfigError, match=rf"^a\.parts\._target_={target}: [^\n]+$"):
        instantiate(at("a", part(parts={"_target_": target})).a)


def test_a_value_that_is_missing():
    with pytest.raises(ConfigError, match=r"^a\.size: no value was given$"):
        instantiate(at("a", part(size="???")).a)


SPECS = {task: DataSpec(task, ("a", "b", "c"), 3, (32, 32), "px") for task in ("segmentation", "classification")}
LIGHT = ["learner.encoder=test_efficientnet", "learner.weights=none"]
LIGHT_CLASSIFIER = ["learner.backbone=test_efficientnet", "learner.weights=none"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("node", "overrides", "message"),
    [
        (
            "cold_start",
            ["cold_start=cluster_fps", "cold_start.selector.max_clusters=0"],
            "cold_start.selector.max_clusters=0: ",
        ),
        ("cold_start", ["cold_start=typiclust", "cold_start.space=here"], "cold_start.space=here: "),
        ("strategy", ["strategy=dus_cs", "strategy.selector.of.per_cluster=0"], "strategy.selector.of.per_cluster=0: "),
        ("strategy", ["strategy=entropy", "reduction=top_q", "reduction.q=0"], "strategy.acquisition.reduction.q=0: "),
        (
            "stopping.plateau",
            ["stopping=plateau", "stopping.plateau.rounds=0"],
            "stopping.plateau.rounds=0: at least 1",
        ),
        (
            "stopping.plateau",
            ["stopping=plateau", "stopping.plateau.metric=test/dice"],
            "stopping.plateau.metric=test/dice: ",
        ),
        (
            "callbacks.query_thumbnails",
            ["callbacks.query_thumbnails.at_most=0"],
            "callbacks.query_thumbnails.at_most=0: ",
        ),
        ("embedding", ["embedding=pixels", "embedding.size=0"], "embedding.size=0: "),
        (
            "embedding",
            ["embedding=timm", "embedding.weights=none", "embedding.pooling=mean"],
            "embedding.pooling=mean: ",
        ),
        ("map", ["map=tsne", "map.components=1"], "map.components=1: "),
        ("data", ["data=phantom_carotid", "data.hard=2"], "data.hard=2: "),
        ("logger", ["logger=wandb", "logger.mode=onlin"], "logger.mode=onlin: "),
    ],
    ids=lambda value: value if isinstance(value, str) and "=" in value else "",
)
def test_addresses_of_the_config(node, overrides, message):
    with pytest.raises(ConfigError) as raised:
        instantiate(OmegaConf.select(compose(overrides), node))
    assert str(raised.value).startswith(message)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["oracle.seconds_per_image=-1"], "oracle.seconds_per_image=-1: "),
        (["oracle=noisy", "oracle.of.seconds_per_image=-1"], "oracle.of.seconds_per_image=-1: "),
        (["oracle=panel", "oracle.annotators.reader_2.shift=-1"], "oracle.annotators.reader_2.shift=-1: "),
        (
            [
                "oracle=panel",
                "oracle@oracle.annotators.reader_2.of=sparse",
                "oracle.annotators.reader_2.of.columns.share=0",
            ],
            "oracle.annotators.reader_2.of.columns.share=0: ",
        ),
        (["oracle=panel", "+oracle.annotators.reader_3.colour=1"], "oracle.annotators.reader_3: "),
        (["oracle=panel", "oracle.fusion=mean"], "oracle.fusion=mean: "),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_addresses_of_oracles_which_get_the_data_later(overrides, message):
    with pytest.raises(ConfigError) as raised:
        instantiate(compose(overrides).oracle, dataset=make_dataset(n=2))
    assert str(raised.value).startswith(message)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ([*LIGHT, "learner.encoder=resnet81"], "learner.encoder=resnet81: timm has no such model"),
        ([*LIGHT, "learner=sequal", "learner.refine.checks=2"], "learner.refine.checks=2: at least first=3"),
        (
            [*LIGHT, "learner=sequal", "learner.refine.confidence=[0.5]"],
            "learner.refine.confidence=[0.5]: one number, or 3",
        ),
        ([*LIGHT, "learner.optimizer.lr=-1"], "learner.optimizer: Invalid learning rate"),
        ([*LIGHT, "learner/schedule=step", "learner.schedule.at=[2]"], "learner.schedule.at=[2]: "),
        (
            ["learner=classifier", *LIGHT_CLASSIFIER, "learner.augmentation.crop=33"],
            "learner.augmentation.crop=33: images have 32 x 32 pixels",
        ),
        (
            ["learner=fixmatch", *LIGHT_CLASSIFIER, "learner.strong.of.crop=33"],
            "learner.strong.of.crop=33: images have 32 x 32 pixels",
        ),
        (["learner=fixmatch", *LIGHT_CLASSIFIER, "learner.strong.of.hue=1"], "learner.strong.of.hue=1: "),
        (["learner=probe", "embedding=learner"], "learner.embedding: a learner on frozen features needs an extractor"),
        (["learner=probe", "embedding=pixels", "learner.members=0"], "learner.members=0: at least 1"),
        (["learner=pixel_probe", "learner.encoder=nobody"], "learner.encoder=nobody: timm has no such model"),
        (["learner=pixel_probe", "learner.repairs=1"], "learner.repairs=1: a teacher repairs"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_addresses_of_learners_which_get_data_and_steps_later(overrides, message):
    config = compose(overrides)
    task = "classification" if {"backbone", "embedding"} & set(config.learner) else "segmentation"
    with pytest.raises(ConfigError) as raised:
        instantiate(config.learner, spec=SPECS[task], steps=4).try_out()
    assert str(raised.value).startswith(message)
