"""The list of licences: what alseg brings along, and of what kind it is."""

from importlib.metadata import PackageNotFoundError

import pytest

from benchmarks.dependencies import installed, kind, licence, page


def test_all_that_is_required_is_found_and_extras_only_where_asked_for():
    base, more = installed("alseg"), installed("alseg", ["joblib"])
    assert {"torch", "hydra-core", "omegaconf", "antlr4-python3-runtime"} <= set(base)  # the last by omegaconf
    assert "alseg" not in base
    assert set(more) - set(base) == {"hydra-joblib-launcher"}  # joblib itself comes with scikit-learn
    assert not {"monai", "mypy", "h5py"} & set(base)


def test_what_is_not_installed_is_an_error():
    with pytest.raises(PackageNotFoundError):
        installed("no-such-package-as-this")


@pytest.mark.parametrize(
    ("metadata", "classifiers", "stated"),
    [
        ({"License-Expression": "MIT", "License": "else"}, ["License :: OSI Approved :: BSD License"], "MIT"),
        ({"License": "BSD-3-Clause"}, [], "BSD-3-Clause"),
        ({"License": "Copyright 2020\nAll of its text"}, ["License :: OSI Approved :: MIT License"], "MIT License"),
        ({"License": "UNKNOWN"}, ["License :: OSI Approved", "License :: OSI Approved :: MIT License"], "MIT License"),
        ({}, [], "not stated"),
    ],
)
def test_what_a_package_says_of_its_licence(metadata, classifiers, stated):
    assert licence(metadata, classifiers) == stated


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("MIT", "permissive"),
        ("BSD-3-Clause AND Zlib", "permissive"),
        ("Mozilla Public License 2.0 (MPL 2.0)", "weak copyleft"),
        ("LGPL-2.1-or-later", "weak copyleft"),
        ("GNU Lesser General Public License v3 (LGPLv3)", "weak copyleft"),
        ("GPL-3.0-only", "copyleft"),
        ("GNU Affero General Public License v3", "copyleft"),
        ("MIT OR GPL-2.0", "permissive"),
        ("MPL-2.0 AND MIT", "weak copyleft"),
        ("LicenseRef-NVIDIA-Proprietary", "proprietary"),
        ("not stated", "unknown"),
    ],
)
def test_kinds(stated, expected):
    assert kind(stated) == expected


def test_the_page_has_a_row_for_each_and_names_what_is_not_permissive():
    packages = {name: this for name, this in installed("alseg").items() if name in ("tqdm", "numpy", "certifi")}
    text = page(packages)
    assert text.count("\n| ") == 1 + 3
    assert "- weak copyleft: certifi" in text
