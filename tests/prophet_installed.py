"""Tests of Prophet run where `make prophet` was run; on CI a skip is a failure."""

import pytest

from ml.seasonality.categories import is_installed
from tests.conftest import ON_CI


def need_prophet() -> None:
    """Skip where Prophet is not installed."""
    if not is_installed():
        reason = "Prophet is not installed: make prophet"
        pytest.fail(reason) if ON_CI else pytest.skip(reason)
