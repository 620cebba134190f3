"""Views of images that have a class each."""

import pytest
import torch

from alseg.learners.image_augmentation import ImageAugmentation
from alseg.learners.stain import STAINS, shift_colours, shift_stains
from tests.helpers.augmentations import OFF

STILL = OFF | {"quarter_turns": False, "hue": 0.0, "saturation": 0.0, "stain": 0.0}


def pictures(n=8, height=24, width=24, channels=3):
    return torch.randint(0, 256, (n, channels, height, width), dtype=torch.uint8)


def test_off_is_the_identity():
    images = pictures()
    assert torch.equal(ImageAugmentation(**STILL)(images), images.float())


def test_quarter_turns_put_pixels_on_pixels():
    torch.manual_seed(0)
    images = pictures(64)
    turned = ImageAugmentation(**(STILL | {"quarter_turns": True}))(images)
    times = []
    for before, after in zip(images.float(), turned):
        (k,) = [k for k in range(4) if torch.allclose(after, before.rot90(k, (1, 2)), atol=0.05)]
        times.append(k)
    assert set(times) == {0, 1, 2, 3}


def test_oblong_images_turn_by_180_degrees_alone():
    torch.manual_seed(0)
    images = pictures(32, height=16, width=24)
    turned = ImageAugmentation(**(STILL | {"quarter_turns": True}))(images)
    halves = [
        torch.allclose(after, before.rot90(2, (1, 2)), atol=0.05) for before, after in zip(images.float(), turned)
    ]
    same = [torch.allclose(after, before, atol=0.05) for before, after in zip(images.float(), turned)]
    assert all(a or b for a, b in zip(halves, same))
    assert any(halves)
    assert any(same)


@pytest.mark.slow
@pytest.mark.parametrize("turn", [False, True])
def test_a_crop_is_a_window_of_whole_pixels_and_may_lie_anywhere(turn):
    torch.manual_seed(0)
    images = torch.arange(64.0).view(1, 1, 8, 8).repeat(400, 1, 1, 1).to(torch.uint8)
    views = ImageAugmentation(**(STILL | {"crop": 5, "quarter_turns": turn}))(images)
    assert views.shape == (400, 1, 5, 5)
    whole = images[0, 0].float()
    windows = {}
    for k in range(4 if turn else 1):
        turned = whole.rot90(k)
        windows |= {(k, y, x): turned[y : y + 5, x : x + 5] for y in range(4) for x in range(4)}
    found = set()
    for view in views[:, 0]:
        (place,) = [place for place, window in windows.items() if torch.allclose(view, window, atol=0.05)]
        found.add(place)
    assert found == set(windows)


def test_a_window_larger_than_the_image():
    with pytest.raises(ValueError, match=r"^crop=25: images have 24 x 24 pixels"):
        ImageAugmentation(crop=25)(pictures())


@pytest.mark.parametrize(
    ("key", "value"), [("crop", 0), ("hue", 0.6), ("hue", -0.1), ("saturation", 1.5), ("stain", -1.0)]
)
def test_settings_out_of_range(key, value):
    with pytest.raises(ValueError, match=rf"^{key}="):
        ImageAugmentation(**{key: value})


@pytest.mark.parametrize("channels", [1, 3])
def test_everything_at_once_stays_in_range_and_differs_by_image(channels):
    torch.manual_seed(0)
    images = pictures(1, channels=channels).repeat(6, 1, 1, 1)
    views = ImageAugmentation(rotate=180.0, scale=0.3, hue=0.2, saturation=0.9, stain=0.5)(images)
    assert views.shape == images.shape
    assert views.min() >= 0
    assert views.max() <= 255
    assert len({tuple(view.flatten().tolist()) for view in views}) == 6


def test_two_views_of_a_batch_are_independent_and_follow_the_global_seed():
    images, augmentation = pictures(), ImageAugmentation()
    torch.manual_seed(3)
    first, second = augmentation(images), augmentation(images)
    assert not torch.equal(first, second)
    torch.manual_seed(3)
    assert torch.equal(augmentation(images), first)


def test_grey_pixels_have_no_hue():
    images = torch.full((2, 3, 4, 4), 90.0)
    assert torch.allclose(shift_colours(images, torch.tensor([0.1, 0.4]), torch.tensor([2.0, 0.0])), images, atol=0.2)


def test_without_saturation_an_image_is_grey_and_as_bright():
    images = pictures(3).float()
    grey = shift_colours(images, torch.zeros(3), torch.zeros(3))
    luma = torch.einsum("c,bchw->bhw", torch.tensor([0.299, 0.587, 0.114]), images)
    assert torch.allclose(grey, luma.unsqueeze(1).expand(-1, 3, -1, -1), atol=0.3)


def test_a_whole_turn_of_the_hue_changes_nothing_and_half_a_turn_makes_the_complement():
    red = torch.tensor([140.0, 110.0, 110.0]).view(1, 3, 1, 1)
    one = torch.ones(1)
    assert torch.allclose(shift_colours(red, one, one), red, atol=1e-3)
    other = shift_colours(red, one / 2, one).flatten()
    luma = float(torch.tensor([0.299, 0.587, 0.114]) @ red.flatten())
    assert torch.allclose(other, 2 * luma - red.flatten(), atol=0.1)  # every channel on the other side of the luma


def test_stains_left_alone_change_nothing():
    images = pictures(3).float()
    assert torch.allclose(shift_stains(images, torch.ones(3, 3), torch.zeros(3, 3)), images, atol=0.05)


def test_more_of_a_stain_darkens_along_its_own_direction():
    white = torch.full((1, 3, 2, 2), 255.0)
    for stain in range(3):
        offset = torch.zeros(1, 3)
        offset[0, stain] = 0.5
        dyed = shift_stains(white, torch.ones(1, 3), offset)
        density = -((dyed + 1) / 256).log10()[0, :, 0, 0]
        direction = torch.tensor(STAINS[stain])
        assert torch.allclose(density, 0.5 * direction / direction.norm(), atol=1e-5)


def test_twice_as_much_of_everything_squares_the_light():
    images = torch.full((1, 3, 2, 2), 127.0)  # half the light
    dyed = shift_stains(images, torch.full((1, 3), 2.0), torch.zeros(1, 3))
    assert torch.allclose(dyed, torch.full_like(dyed, 63.0), atol=1e-3)


@pytest.mark.parametrize("size", [24, 17])
def test_views_are_not_of_16_bits_under_autocast(size):
    """A window that lies between pixels, or a stain rounded to two digits, is another image."""
    view, images = (
        ImageAugmentation(**(STILL | {"quarter_turns": True, "crop": 12, "stain": 0.1, "hue": 0.1})),
        pictures(8, size, size),
    )
    torch.manual_seed(0)
    plain = view(images)
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = view(images)
    assert mixed.dtype == torch.float32
    assert torch.equal(mixed, plain)


def test_a_window_of_half_pixels():
    with pytest.raises(ValueError, match=r"^crop=16\.5: a whole number of pixels"):
        ImageAugmentation(crop=16.5)  # type: ignore[arg-type]
