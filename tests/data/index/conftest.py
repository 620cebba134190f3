"""A folder to be indexed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.indexed import Indexed

if TYPE_CHECKING:
    from tests.helpers.manifest_folder import Folder


@pytest.fixture
def indexed(folder: Folder, capfd: pytest.CaptureFixture[str]) -> Indexed:
    return Indexed(folder, capfd)
