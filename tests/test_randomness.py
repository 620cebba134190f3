"""Random streams."""

import torch

from alseg import randomness


def test_a_stream_depends_on_seed_round_purpose_and_counter():
    draws = {
        randomness.generator(*key).integers(2**62)
        for key in [(0, 0, "query"), (1, 0, "query"), (0, 1, "query"), (0, 0, "split"), (0, 0, "query", 1)]
    }
    assert len(draws) == 5
    assert randomness.generator(0, 0, "query").integers(2**62) in draws


def test_streams_are_the_same_on_every_machine():
    assert randomness.generator(3, 1, "query").integers(1000, size=4).tolist() == [594, 879, 477, 502]
    assert randomness.torch_seed(3, 1, "query") == 404837911781348985


def test_seeded_torch_leaves_the_outside_alone():
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    with randomness.seeded_torch(0, 0, "initial weights"):
        inside = torch.rand(2)
    with randomness.seeded_torch(0, 0, "initial weights"):
        assert torch.equal(torch.rand(2), inside)
    assert torch.equal(torch.rand(2), expected)
