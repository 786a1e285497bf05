"""By command: a run is made again in another lake, refused beyond retention; pseudonyms change their key together."""

from pathlib import Path

import pytest

from lake.lakehouse import Lake
from tests.end_to_end.commands import DAYS, DEMO, ask, copied, lacquer

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]
OLD = "the-old-key-of-the-pseudonyms-0001"


def test_a_run_again_is_equal_and_refused_beyond_retention(demo_lake: Path, tmp_path: Path) -> None:
    lake, again = copied(demo_lake, tmp_path / "lake"), tmp_path / "again"
    assert lacquer(lake, "run", *DEMO, "--days", str(DAYS + 1)).returncode == 0
    first, second = (row["run_id"] for row in ask(lake, "select run_id from run_inputs order by recorded_at"))
    answer = lacquer(again, "run", "--as-of", second, "--from", lake)
    assert answer.returncode == 0, answer.stderr + answer.stdout
    assert f"tables equal what run {second} published" in answer.stdout
    assert not (again / "outbox").exists()
    asked = "select count(*), sum(house_revenue) from gold.fct_order_line"
    there, here = Lake(again).connect_published().execute(asked), Lake(lake).connect_published().execute(asked)
    assert there.fetchall() == here.fetchall()
    refused = lacquer(tmp_path / "third", "run", "--as-of", "no-such-run", "--from", lake)
    assert refused.returncode == 1
    assert second in refused.stderr
    assert first != second

    assert lacquer(lake, "maintain", LACQUER_RETENTION_SILVER_DAYS="0").returncode == 0
    refused = lacquer(tmp_path / "third", "run", "--as-of", second, "--from", lake)
    assert refused.returncode == 1
    assert "is gone" in refused.stderr
    assert not (tmp_path / "third").exists()


def test_all_pseudonyms_change_their_key_by_a_command(demo_lake: Path, tmp_path: Path) -> None:
    lake, file = copied(demo_lake, tmp_path / "lake"), tmp_path / "new.key"
    assert lacquer(lake, "rebuild", "--silver", LACQUER_PSEUDONYM_KEY=OLD).returncode == 0
    emails = "select buyer_id, email from silver.buyers order by all"
    before = Lake(lake).connect_published().execute(emails).fetchall()
    (tmp_path / "short.key").write_text("short")
    refused = lacquer(lake, "privacy", "rotate-key", "--key-file", tmp_path / "short.key", LACQUER_PSEUDONYM_KEY=OLD)
    assert refused.returncode == 1
    assert "needs 32" in refused.stderr

    done = lacquer(lake, "privacy", "rotate-key", "--key-file", file, "--purge", LACQUER_PSEUDONYM_KEY=OLD)
    assert done.returncode == 0, done.stderr + done.stdout
    assert file.stat().st_mode & 0o077 == 0
    assert lacquer(lake, "privacy", "keys", LACQUER_PSEUDONYM_KEY=file.read_text().strip()).returncode == 0
    after = Lake(lake).connect_published().execute(emails).fetchall()
    assert [buyer for buyer, _ in after] == [buyer for buyer, _ in before]
    assert all(
        one is None or one.split(":")[0] != other.split(":")[0]
        for (_, one), (_, other) in zip(after, before, strict=True)
        if other
    )
    old = {email.encode() for _, email in before if email}
    assert old
    for path in (lake / "silver").rglob("*.parquet"):
        assert not any(email in path.read_bytes() for email in old), path
