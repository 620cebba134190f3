"""The 2-D MedMNIST files with one label per image (MedMNIST v2 and v3), of 28x28 pixels.

Classes, counts, URLs, licences and MD5: the publisher's `medmnist/info.py`, versions 2.1.0 to 3.0.2 on PyPI. Since 2.2.4 the
three organ sets are without some blank images; the other files are the same in all versions.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.convert.item import Item
from alseg.data.convert.near_duplicates import GROUP, near_duplicates_share_groups
from alseg.data.public.description import Archive, Expected, PublicDataset
from alseg.data.public.source import Source
from alseg.errors import DataError

SPLITS = {"train": "train", "val": "val", "test": "test"}


def convert(source: Source) -> Iterator[Item]:
    """``{train,val,test}_{images,labels}`` of the npz file, read without pickle."""
    classes = SETS[source.name][1]
    path = source.file(f"{source.name}.npz")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            for split in SPLITS:
                yield from _part(path, split, arrays[f"{split}_images"], arrays[f"{split}_labels"], classes)
    except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: it is no MedMNIST file ({' '.join(str(error).split())}); fetch it again") from error


def convert_breasts(source: Source) -> Iterator[Item]:
    """Yield the items of `convert` with groups of our own, for the images are BUSI's."""
    return near_duplicates_share_groups(convert(source))


def _part(
    path: Path, split: str, images: NDArray[Any], labels: NDArray[Any], classes: tuple[str, ...]
) -> Iterator[Item]:
    if (
        images.ndim not in (3, 4)
        or images.dtype != np.uint8
        or labels.shape != (len(images), 1)
        or labels.dtype.kind not in "iu"
    ):
        raise DataError(
            f"{path}: {split} has images {images.shape} of {images.dtype} and labels {labels.shape} of {labels.dtype}; "
            "they must be uint8 of (N, H, W) or (N, H, W, 3), and whole numbers of (N, 1)"
        )
    for i, (image, (label,)) in enumerate(zip(images, labels)):
        if not 0 <= label < len(classes):
            raise DataError(f"{path}: {split} image {i} has the label {label}; there are {len(classes)} classes from 0")
        yield Item(f"{split}_{i:06d}", lambda image=image: image, label=classes[label], split=split)  # type: ignore[misc]


ORGANS = (
    "bladder",
    "femur-left",
    "femur-right",
    "heart",
    "kidney-left",
    "kidney-right",
    "liver",
    "lung-left",
    "lung-right",
    "pancreas",
    "spleen",
)

# name: what, classes in the order of their ids, MD5, images of train, val and test; all from the publisher's info.py (3.0.2)
SETS: dict[str, tuple[str, tuple[str, ...], str, tuple[int, int, int]]] = {
    "pathmnist": (
        "tiles of colorectal cancer (CRC100K)",
        (
            "adipose",
            "background",
            "debris",
            "lymphocytes",
            "mucus",
            "smooth muscle",
            "normal colon mucosa",
            "cancer-associated stroma",
            "colorectal adenocarcinoma epithelium",
        ),
        "a8b06965200029087d5bd730944a56c1",
        (89_996, 10_004, 7_180),
    ),
    "dermamnist": (
        "dermatoscopic images (HAM10000)",
        (
            "actinic keratoses and intraepithelial carcinoma",
            "basal cell carcinoma",
            "benign keratosis-like lesions",
            "dermatofibroma",
            "melanoma",
            "melanocytic nevi",
            "vascular lesions",
        ),
        "0744692d530f8e62ec473284d019b0c7",
        (7_007, 1_003, 2_005),
    ),
    "octmnist": (
        "retinal optical coherence tomography",
        ("choroidal neovascularization", "diabetic macular edema", "drusen", "normal"),
        "c68d92d5b585d8d81f7112f81e2d0842",
        (97_477, 10_832, 1_000),
    ),
    "pneumoniamnist": (
        "chest radiographs of children",
        ("normal", "pneumonia"),
        "28209eda62fecd6e6a2d98b1501bb15f",
        (4_708, 524, 624),
    ),
    "retinamnist": (
        "retinal photographs, grades of diabetic retinopathy",
        ("0", "1", "2", "3", "4"),
        "bd4c0672f1bba3e3a89f0e4e876791e4",
        (1_080, 120, 400),
    ),
    "breastmnist": (
        "breast ultrasound (BUSI)",
        ("malignant", "normal, benign"),
        "750601b1f35ba3300ea97c75c52ff8f6",
        (546, 78, 156),
    ),
    "bloodmnist": (
        "blood cells",
        (
            "basophil",
            "eosinophil",
            "erythroblast",
            "immature granulocytes(myelocytes, metamyelocytes and promyelocytes)",
            "lymphocyte",
            "monocyte",
            "neutrophil",
            "platelet",
        ),
        "7053d0359d879ad8a5505303e11de1dc",
        (11_959, 1_712, 3_421),
    ),
    "tissuemnist": (
        "kidney cortex cells",
        (
            "Collecting Duct, Connecting Tubule",
            "Distal Convoluted Tubule",
            "Glomerular endothelial cells",
            "Interstitial endothelial cells",
            "Leukocytes",
            "Podocytes",
            "Proximal Tubule Segments",
            "Thick Ascending Limb",
        ),
        "ebe78ee8b05294063de985d821c1c34b",
        (165_466, 23_640, 47_280),
    ),
    "organamnist": (
        "organs in axial CT (LiTS)",
        ORGANS,
        "68e3f8846a6bd62f0c9bf841c0d9eacc",
        (34_561, 6_491, 17_778),
    ),
    "organcmnist": (
        "organs in coronal CT (LiTS)",
        ORGANS,
        "b9ceb9546e10131b32923c5bbeaea2b1",
        (12_975, 2_392, 8_216),
    ),
    "organsmnist": (
        "organs in sagittal CT (LiTS)",
        ORGANS,
        "9ab87b696fb54e2a387ebe992d6ed5f1",
        (13_932, 2_452, 8_827),
    ),
}

# name: MD5 and images of train, val and test before 2.2.4
EARLIER: dict[str, tuple[str, tuple[int, int, int]]] = {
    "organamnist": ("866b832ed4eeba67bfb9edee1d5544e6", (34_581, 6_491, 17_778)),
    "organcmnist": ("0afa5834fb105f7705a7d93372119a21", (13_000, 2_392, 8_268)),
    "organsmnist": ("e5c39f1af030238290b9557d9503af9d", (13_940, 2_452, 8_829)),
}

_SCANS = "the files name no patients; train, val and test are of different CT scans (info.py)"
# name: what is known of people in several images or splits
PEOPLE = {
    "pathmnist": "the files name no slides; train and val are of the same ones, test of another centre's (info.py)",
    "dermamnist": "the files name no lesions, and some lie in several splits (Abhishek et al., Scientific Data 12:196, 2025)",
    "octmnist": "the files name no patients; whether one lies in train and val is not said",
    "pneumoniamnist": "the files name no patients; whether one lies in train and val is not said",
    "retinamnist": "the files name no patients; whether both eyes of one lie in several splits is not said",
    "breastmnist": "the files name no patients; BUSI has 780 images of 600, and they were split by image",
    "bloodmnist": "the files name no donors",
    "tissuemnist": "the files name no specimens; all cells are of three, split by cell (info.py)",
    "organamnist": _SCANS,
    "organcmnist": _SCANS,
    "organsmnist": _SCANS,
}


def _expected(counts: tuple[int, int, int], version: str) -> Expected:
    return Expected(sum(counts), splits=dict(zip(SPLITS, counts)), version=version)


def _describe(name: str) -> PublicDataset:
    what, classes, md5, counts = SETS[name]
    earlier = EARLIER.get(name)
    own = "CC BY-NC 4.0" if name == "dermamnist" else "CC BY 4.0"
    return PublicDataset(
        name=name,
        title=f"{sum(counts):,} images of 28x28 pixels: {what}",
        task="classification",
        homepage="https://github.com/MedMNIST/MedMNIST",
        licence=f"{own}; see the publisher's page for the source data's own",
        citation="Yang J et al. MedMNIST v2: a large-scale lightweight benchmark for 2D and 3D biomedical image classification. "
        "Scientific Data, 2023",
        classes=classes,
        group=f"{GROUP}; those in two splits stay there" if name == "breastmnist" else "",
        convert=convert_breasts if name == "breastmnist" else convert,
        archives=(
            Archive(
                f"{name}.npz",
                f"https://zenodo.org/records/10519652/files/{name}.npz?download=1",
                f"md5:{md5}",
                earlier=(f"md5:{earlier[0]}",) if earlier else (),
            ),
        ),
        expected=_expected(counts, "2.2.4 to 3.0" if earlier else "2.0 to 3.0"),
        earlier=(_expected(earlier[1], "2.0 to 2.2.3"),) if earlier else (),
        confirmed=("classes, counts, checksum, record and licence (medmnist/info.py, 2.1.0 to 3.0.2, on PyPI)",),
        unconfirmed=(PEOPLE[name],),
    )


DATASETS = tuple(_describe(name) for name in SETS)
