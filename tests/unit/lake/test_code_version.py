"""The version of code changes with what the code does and with nothing else."""

import pytest

from lake.code_version import code_version, tree_digest, upstream_modules

SOURCE = '''"""What it is."""
RATE = 0.5


def half(value):
    """Half of it."""
    return value * RATE
'''


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("What it is.", "What it was.", False),
        ("Half of it.", "One half.", False),
        ("RATE = 0.5", "RATE = 0.5  # by contract", False),
        ("RATE = 0.5\n", "\nRATE = 0.5\n", False),
        ("RATE = 0.5", "RATE = 0.6", True),
        ("value * RATE", "value / RATE", True),
        ('"""Half of it."""\n    return', "return", False),
    ],
)
def test_a_digest_changes_with_the_code_and_not_with_its_words(old: str, new: str, changes: bool) -> None:
    assert (tree_digest(SOURCE.replace(old, new)) != tree_digest(SOURCE)) is changes


def test_a_function_rests_on_what_its_module_imports_directly_or_not() -> None:
    # forecaster imports history, history imports panel; none of them imports planning.
    modules = upstream_modules("ml.forecasting.forecaster")
    assert {"ml.forecasting.forecaster", "ml.forecasting.history", "ml.forecasting.panel"} <= modules
    assert not any(module.startswith("ml.planning") for module in modules)


def test_each_text_counts_and_so_does_the_module() -> None:
    versions = {
        code_version(["ml.forecasting.forecaster"]),
        code_version(["ml.forecasting.forecaster"], ["select 1"]),
        code_version(["ml.forecasting.forecaster"], ["select 2"]),
        code_version(["ml.planning.plan"], ["select 1"]),
    }
    assert len(versions) == 4
    assert all(0 <= one < 2**48 for one in versions)


def test_a_function_outside_of_the_pure_packages_is_refused() -> None:
    with pytest.raises(ValueError, match="lives below ml, audio, lake"):
        upstream_modules("assets.gold")
