"""`lacquer bench audio-load` runs through in a process, and its table adds up."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CHECKOUT


@pytest.mark.heavy
def test_the_bench_of_the_load_adds_up(tmp_path: Path) -> None:
    out = tmp_path / "load.md"
    ended = subprocess.run(
        [sys.executable, "-m", "serving.cli", "bench", "audio-load", "--scale", "tiny", "--out", str(out)],
        cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-2000:]
    report = out.read_text(encoding="utf-8")
    tables = [
        [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()[2:]]
        for lines in re.findall(r"(?:^\|.*\n)+", report, re.MULTILINE)
    ]
    growth, lengths, throughput = tables
    assert [row[0] for row in growth] == ["child", "parent"]
    assert [row[0] for row in lengths] == ["5", "10"]
    for seconds, cpu_s, scaled, *_ in lengths:
        assert float(scaled) == pytest.approx(float(cpu_s) / int(seconds) * 180, rel=0.05)
    assert [row[0] for row in throughput] == ["1", "2"]
    for _, wall_s, cpu_s, cores, _, a_day in throughput:
        assert float(cores) == pytest.approx(float(cpu_s) / float(wall_s), rel=0.1)
        assert float(a_day.replace(",", "")) == pytest.approx(2 * 86_400 / float(wall_s), rel=0.06)
    one, two = (float(row[1]) for row in throughput)
    (said,) = re.findall(r"two processes are ([\d.]+) times as fast as one", report)
    assert float(said) == pytest.approx(one / two, rel=0.1)
