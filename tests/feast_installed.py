"""Tests of Feast run where `make features` was run; on CI a skip is a failure."""

import pytest

from resources.feature_store import is_installed
from tests.conftest import ON_CI


def need_feast() -> None:
    """Skip where Feast is not installed."""
    if not is_installed():
        reason = "Feast is not installed: make features"
        pytest.fail(reason) if ON_CI else pytest.skip(reason)
