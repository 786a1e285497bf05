"""Settings: where a value may come from, which wins, and what is refused."""

import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from resources.settings import PROJECT_ROOT, Settings


@pytest.fixture(autouse=True)
def no_settings_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LACQUER_{name.upper()}", raising=False)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("LACQUER_LAKE=lakes/from-file\nLACQUER_ALLOWED_BAD_SHARE=0.25\nOTHER_TOOLS_KEY=x\n")
    monkeypatch.setenv("LACQUER_LAKE", "/somewhere/lake")

    settings = Settings(_env_file=file)

    assert settings.lake == Path("/somewhere/lake")
    assert settings.allowed_bad_share == 0.25


def test_relative_paths_count_from_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LACQUER_LAKE", "lakes/other")
    assert Settings(_env_file=None).lake == PROJECT_ROOT / "lakes" / "other"


def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACQUER_LAKE", "")
    monkeypatch.setenv("LACQUER_PSEUDONYM_KEY", "")
    settings = Settings(_env_file=None)
    assert settings.lake == PROJECT_ROOT / "lakes" / "demo"
    assert settings.pseudonym_key is None


@pytest.mark.parametrize(
    ("name", "value"), [("ALLOWED_BAD_SHARE", "1.5"), ("THREADS", "0"), ("CONTACT", "a\nb"), ("PSEUDONYM_KEY", "short")]
)
def test_values_out_of_bounds_are_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"LACQUER_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings(_env_file=None)


def test_the_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "k" * 40
    monkeypatch.setenv("LACQUER_PSEUDONYM_KEY", key)
    settings = Settings(_env_file=None)
    assert key not in repr(settings)
    assert settings.pseudonym_key is not None
    assert settings.pseudonym_key.get_secret_value() == key


def test_the_example_file_names_every_setting_and_no_other() -> None:
    lines = (PROJECT_ROOT / ".env.example").read_text().splitlines()
    named = {line.removeprefix("# ").split("=")[0] for line in lines if "LACQUER_" in line and "=" in line}
    assert named == {f"LACQUER_{name.upper()}" for name in Settings.model_fields}


def test_importing_settings_loads_no_engine() -> None:
    code = "import sys, resources.settings; print({'dagster', 'polars', 'duckdb', 'deltalake'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "set()"


def test_a_refused_secret_is_not_in_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACQUER_PSEUDONYM_KEY", "hunter2")

    with pytest.raises(ValidationError, match="at least 32 items") as refused:
        Settings(_env_file=None)

    assert "hunter2" not in str(refused.value)


def test_the_engine_is_named_by_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, expected in (("", {}), ("spark", {"silver": "spark"}), ("silver=duckdb", {"silver": "duckdb"})):
        monkeypatch.setenv("LACQUER_ENGINE", text)
        assert Settings(_env_file=None).engine == expected
    for wrong in ("silver=trino", "bronze=spark", "sparks"):
        monkeypatch.setenv("LACQUER_ENGINE", wrong)
        with pytest.raises(ValidationError, match=r"layer=engine|name=value"):
            Settings(_env_file=None)
