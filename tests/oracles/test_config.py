"""The oracles as the config puts them together."""

from __future__ import annotations

import numpy as np
import pytest

from alseg.composition.instantiate import factory
from alseg.errors import AlsegError
from alseg.oracles.noisy import Noisy
from alseg.oracles.sparse import Sparse
from tests.helpers.composed import choices, composed
from tests.helpers.discs import make_dataset

READY = [choice for choice in choices("oracle") if choice not in ("column", "confused", "folder", "label_studio")]
"""Those that answer at once, for masks, without further settings."""


def annotated(*overrides, dataset):
    return factory(composed(*overrides).oracle)(dataset=dataset).annotate(dataset.ids)


@pytest.mark.slow
@pytest.mark.parametrize("choice", READY)
def test_every_oracle_annotates(choice):
    dataset = make_dataset(n=6, classes=3)
    answer = annotated(f"oracle={choice}", dataset=dataset)
    assert answer.ids == dataset.ids
    assert answer.targets.dtype == np.uint8
    assert answer.targets.shape == dataset.targets.shape
    assert set(np.unique(answer.targets)) <= {0, 1, 2, 255}
    assert (answer.cost > 0).all()


@pytest.mark.slow
@pytest.mark.parametrize("choice", [c for c in READY if c != "simulated"])
def test_the_seed_of_the_run_is_that_of_the_annotators(choice):
    dataset = make_dataset(n=6, size=64)
    first, second = (annotated(f"oracle={choice}", "seed=5", dataset=dataset) for _ in range(2))
    assert np.array_equal(first.targets, second.targets)
    other = annotated(f"oracle={choice}", "seed=6", dataset=dataset)
    assert (first.targets != other.targets).any()


@pytest.mark.slow
def test_sparse_noisy_is_sparse_of_noisy():
    dataset = make_dataset(n=2)
    oracle = factory(composed("oracle=sparse_noisy", "oracle.kind=box", "oracle.of.bias=2").oracle)(dataset=dataset)
    assert isinstance(oracle, Sparse)
    assert isinstance(oracle.inner, Noisy)
    assert (oracle.kind, oracle.inner.bias) == ("box", 2)


@pytest.mark.slow
def test_oracles_nest_from_the_command_line():
    dataset = make_dataset(n=3)
    sparse = annotated("oracle=sparse", "oracle@oracle.of=panel", dataset=dataset)
    assert sparse.annotator == "majority of reader_1, reader_2, reader_3 (columns)"
    assert sparse.cost.tolist() == [45, 45, 45]  # a quarter of three minutes
    four = annotated(
        "oracle=panel",
        "~oracle.annotators.reader_3",
        "+oracle@oracle.annotators.reader_4=sparse_noisy",
        dataset=dataset,
    )
    assert four.annotator == "majority of reader_1, reader_2, reader_4"
    ahp = annotated("oracle=panel", "oracle.fusion=ahp", dataset=dataset)
    assert np.array_equal(ahp.targets, annotated("oracle=panel", dataset=dataset).targets)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["oracle=sparse", "oracle.columns.share=0"], r"^oracle\.columns\.share=0: "),
        (["oracle=sparse_noisy", "oracle.of.keep=2"], r"^oracle\.of\.keep=2: "),
        (["oracle=column"], r"^oracle\.root=null: .*add data=folder data\.root=PATH"),
        (["oracle=panel", "oracle@oracle.annotators.reader_2=sparse"], r"^oracle\.annotators\.reader_2: .*argument"),
        (
            ["oracle=panel", "+oracle@oracle.annotators.b=noisy", "oracle.annotators.b.annotator=reader_1"],
            r"^oracle\.annotators: .*err alike",
        ),
    ],
)
def test_errors_are_one_line(overrides, message):
    with pytest.raises(AlsegError, match=message) as caught:
        annotated(*overrides, dataset=make_dataset(n=2))
    assert "\n" not in str(caught.value)
