"""Decathlon and SynthStrip: NIfTI volumes become slices, the volume or the person the group."""

from __future__ import annotations

import json

import numpy as np
import pytest

from alseg.data.public.sets import decathlon
from tests.helpers.public.volumes import synthstrip


def test_decathlon(publisher, nifti, tarred):
    """Stored left-posterior-superior, with what macOS leaves in the archive, and paths that start with ``./``."""
    affine = np.diag([-1.0, -0.5, 2.0, 1.0])
    top = "Task04_Hippocampus"
    pairs, files = [], {}
    for name in ("hippocampus_001", "hippocampus_003"):
        scan = np.arange(4 * 3 * 2, dtype=np.float32).reshape(4, 3, 2)
        labels = np.zeros((4, 3, 2), np.uint8)
        labels[0, 0, 1], labels[3, 2, 1] = 1, 2
        files[f"{top}/imagesTr/{name}.nii.gz"] = nifti(scan, affine)
        files[f"{top}/imagesTr/._{name}.nii.gz"] = b"junk"
        files[f"{top}/labelsTr/{name}.nii.gz"] = nifti(labels, affine)
        pairs.append({"image": f"./imagesTr/{name}.nii.gz", "label": f"./labelsTr/{name}.nii.gz"})
    about = {"labels": {"0": "background", "1": "Anterior", "2": "Posterior"}, "numTraining": 2, "training": pairs}
    files[f"{top}/dataset.json"] = json.dumps(about).encode()
    publisher.put("decathlon_hippocampus", f"{top}.tar", tarred(files))
    assert publisher.get("decathlon_hippocampus", "--accept-differences") == 0
    dataset = publisher.load("decathlon_hippocampus", 12)
    assert dataset.classes == ("background", "Anterior", "Posterior")
    assert dataset.ids[:2] == ("hippocampus_001_000", "hippocampus_001_001")
    assert dataset.groups == ("hippocampus_001",) * 2 + ("hippocampus_003",) * 2
    assert dataset.metadata["volume"].tolist() == list(dataset.groups)
    assert dataset.metadata["labelled"].tolist() == ["no", "yes"] * 2
    assert dataset.spacing[0].tolist() == [0.5 * 3 / 12, 1.0 * 4 / 12]
    # this file counts from right to left and from anterior to posterior, as the slices do
    assert dataset.targets[1, 0, 0] == 1
    assert dataset.targets[1, -1, -1] == 2


TO_A_RUN = ("decathlon_brain_tumour", "decathlon_liver", "decathlon_spleen")
"""Of three channels and four classes, of one channel and three classes, and of two: a run sees no other difference between the
tasks, which share a converter and whose configs differ in the name alone."""


@pytest.mark.slow
@pytest.mark.parametrize("name", decathlon.TASKS)
def test_every_task_of_the_decathlon(publisher, nifti, tarred, name):
    """Volumes of 4x4x2 voxels whose values rise from the patient's left to right; channels of MRI differ in direction."""
    task = decathlon.TASKS[name]
    low, high = task.window or (0, 300)
    rising = np.empty((4, 4, 2), np.float32)
    rising[:] = np.array([low - 50, low, (low + high) / 2, high + 50] if task.window else [0, 100, 200, 300])[
        :, None, None
    ]
    forward = rising.transpose(1, 0, 2)  # from posterior to anterior
    scan = {
        "decathlon_brain_tumour": np.stack([rising, 0 * rising, forward, rising[::-1]], axis=-1),
        "decathlon_prostate": np.stack([rising, forward], axis=-1),
    }.get(name, rising)
    labels = np.zeros((4, 4, 2), np.float32)
    labels[0, : len(task.classes), 1] = np.arange(len(task.classes))
    pairs, files = [], {}
    for volume in ("x_1", "x_2"):
        files[f"{task.folder}/imagesTr/{volume}.nii.gz"] = nifti(scan)
        files[f"{task.folder}/labelsTr/{volume}.nii.gz"] = nifti(labels)
        pairs.append({"image": f"./imagesTr/{volume}.nii.gz", "label": f"./labelsTr/{volume}.nii.gz"})
    about = {"labels": {str(i): label for i, label in enumerate(task.classes)}, "training": pairs}
    files[f"{task.folder}/dataset.json"] = json.dumps(about).encode()
    publisher.put(name, f"{task.folder}.tar", tarred(files))
    assert publisher.get(name, "--accept-differences") == 0
    dataset = publisher.load(name, 4)
    assert dataset.classes == task.classes
    assert dataset.groups == ("x_1",) * 2 + ("x_2",) * 2
    assert dataset.targets[1, ::-1, -1].tolist() == [*range(len(task.classes)), *[0] * (4 - len(task.classes))]
    first_row = dataset.images[0, :, 0].tolist()
    if name == "decathlon_brain_tumour":
        assert first_row == [[255, 170, 85, 0], [255] * 4, [0, 85, 170, 255]]
    else:
        assert first_row == [[255, 128, 0, 0] if task.window else [255, 170, 85, 0]]
    if name in TO_A_RUN:
        publisher.short_run(name)


def test_channels_are_missing(publisher, nifti, tarred, capfd):
    task = decathlon.TASKS["decathlon_brain_tumour"]
    about = {
        "labels": dict(zip("0123", task.classes)),
        "training": [{"image": "./imagesTr/a.nii.gz", "label": "./labelsTr/a.nii.gz"}],
    }
    files = {f"{task.folder}/{part}/a.nii.gz": nifti(np.zeros((4, 4, 2))) for part in ("imagesTr", "labelsTr")}
    files[f"{task.folder}/dataset.json"] = json.dumps(about).encode()
    publisher.put("decathlon_brain_tumour", f"{task.folder}.tar", tarred(files))
    assert publisher.get("decathlon_brain_tumour") == 2
    assert "imagesTr/a.nii.gz: it has 1 channels, and number 2 is asked for" in capfd.readouterr().err


def test_decathlon_of_other_classes(publisher, nifti, tarred, capfd):
    about = {"labels": {"0": "background", "1": "liver"}, "training": []}
    publisher.put(
        "decathlon_spleen", "Task09_Spleen.tar", tarred({"Task09_Spleen/dataset.json": json.dumps(about).encode()})
    )
    assert publisher.get("decathlon_spleen") == 2
    assert "its labels are background, liver; background, spleen are expected" in capfd.readouterr().err


@pytest.mark.slow
def test_synthstrip_of_two_dimensions(publisher, nifti, tarred):
    publisher.put("synthstrip", "synthstrip_data_v1.5_2d.tar", tarred(synthstrip(nifti, 1)))
    assert publisher.get("synthstrip") == 0
    dataset = publisher.load("synthstrip", 12)
    assert dataset.classes == ("background", "brain")
    assert dataset.ids == ("asl_epi_101", "asl_t1_101", "fsm_qt1_f14")
    assert dataset.groups == ("asl_101", "asl_101", "fsm_f14")
    assert dataset.metadata["modality"].tolist() == ["epi", "t1", "qt1"]
    assert dataset.spacing[0].tolist() == [2.0 * 4 / 12, 1.5 * 6 / 12]
    assert dataset.targets[0, 0].tolist() == [0] * 6 + [1] * 4 + [0] * 2  # 1 and 2 of 6 along y, from anterior
    assert (dataset.images.min(), dataset.images.max()) == (0, 255)
    publisher.short_run("synthstrip")


@pytest.mark.slow
def test_synthstrip_volumes(publisher, nifti, tarred):
    publisher.put("synthstrip_volumes", "synthstrip_data_v1.5.tar", tarred(synthstrip(nifti, 3)))
    assert publisher.get("synthstrip_volumes") == 0
    dataset = publisher.load("synthstrip_volumes", 12)
    assert len(dataset) == 9
    assert dataset.ids[:3] == ("asl_epi_101_000", "asl_epi_101_001", "asl_epi_101_002")
    by_volume = publisher.load("synthstrip_volumes", 12, unit="volume").volumes
    assert by_volume == ("asl_epi_101",) * 3 + ("asl_t1_101",) * 3 + ("fsm_qt1_f14",) * 3
    publisher.short_run("synthstrip_volumes")
