"""An inbox of short songs, and the audio job run on it in this process or in one that can be killed."""

from __future__ import annotations

import json
import os
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dagster import DagsterInstance

from definitions import build_definitions
from lake.lakehouse import Lake
from resources.settings import Settings

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
RATE = 22_050


def song(path: Path, bpm: float, seconds: float = 6.0, hz: float = 440.0, level: float = 0.4) -> Path:
    """A WAV file of clicks over a tone, which was put there a minute ago."""
    time_s = np.arange(int(seconds * RATE)) / RATE
    since_beat = np.mod(time_s, 60 / bpm)
    noise = np.random.default_rng(0).normal(size=time_s.size)
    sound = level * (noise * np.exp(-since_beat / 0.006) * (since_beat < 0.04) + 0.3 * np.sin(2 * np.pi * hz * time_s))
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as opened:
        opened.setnchannels(1)
        opened.setsampwidth(2)
        opened.setframerate(RATE)
        opened.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return at_rest(path)


def at_rest(path: Path) -> Path:
    """The file, as if it had been put there a minute ago."""
    os.utime(path, (time.time() - 60,) * 2)
    return path


def named(inbox: Path, tracks: dict[str, str]) -> None:
    """Write the inbox's list: file, track."""
    lines = ["file,track_id", *(f"{file},{track}" for file, track in tracks.items())]
    at_rest_text(inbox / "tracks.csv", "\n".join(lines))


def at_rest_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    at_rest(path)


def land_tracks(root: Path, isrc_of: dict[str, str | None]) -> None:
    """Land the PIM's tracks."""
    lines = [
        json.dumps({"classname": "Track", "id": key, "modificationDate": 1, "trackId": key, "title": key, "isrc": isrc})
        for key, isrc in isrc_of.items()
    ]
    file = root / "landing" / "pim" / f"{len(lines)}--tracks.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Ran:
    """What a run did: metadata by asset, warnings, and the partitions it told of."""

    success: bool
    metadata: dict[str, dict[str, Any]]
    failed_checks: dict[str, str]
    partitions: set[str]


def run(
    root: Path,
    inbox: Path | None,
    instance: DagsterInstance,
    *,
    job: str = "audio",
    only: tuple[str, ...] | None = None,
    tags: dict[str, str] | None = None,
    models: Path | None = None,
    model: str = "htdemucs",
) -> Ran:
    """Run a job of the real definitions on the lake."""
    settings = Settings(lake=root, inbox=inbox, threads=2, pseudonym_key=None, stem_models=models, stem_model=model)
    definitions = build_definitions(settings)
    resolved = definitions.resolve_job_def(job)
    keys = [key for key in resolved.asset_layer.executable_asset_keys if only is None or "/".join(key.path) in only]
    done = resolved.execute_in_process(
        instance=instance, asset_selection=keys, raise_on_error=False, run_config=QUIET, tags=tags or {}
    )
    made = [event.step_materialization_data.materialization for event in done.get_asset_materialization_events()]
    failed = [check for check in done.get_asset_check_evaluations() if not check.passed]
    return Ran(
        done.success,
        {"/".join(one.asset_key.path): {n: v.value for n, v in one.metadata.items()} for one in made},
        {f"{'/'.join(one.asset_key.path)}.{one.check_name}": one.description or "" for one in failed},
        {one.partition for one in made if one.partition is not None},
    )


def ask(root: Path, query: str) -> list[tuple[Any, ...]]:
    """What readers get for a query."""
    return Lake(root).connect_published().execute(query).fetchall()


def listen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that go through the pool from now on."""
    from audio import pool

    analysed: list[str] = []
    analyse_all = pool.analyse_all

    def listening(jobs, processes):
        analysed.extend(job.path.name for job in jobs)
        return analyse_all(jobs, processes)

    monkeypatch.setattr(pool, "analyse_all", listening)
    return analysed
