"""A track whose original lies in the inbox, with a generated stem: what an audition needs."""

import json
import os
import time
import wave
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from lake.delta.table import Table
from lake.ingest.inbox.folder import Folder
from lake.ingest.inbox.registration import Linked, look, register
from lake.journals.generation import read_standings
from lake.lakehouse import Lake
from resources.generation.installation import Generation
from resources.generation.requests import Wish, ask
from resources.generation.working import work
from tests.generation_builders import add_song, publish_catalogue

RATE = 22_050


def stem_with_original(lake: Lake, inbox: Path) -> str:
    """Publish a track whose original is a click on each beat of a tone, and make drums for it; the asset's id."""
    publish_catalogue(lake)
    add_song(lake, "T1", "R1", 7_100)
    jams = json.loads((lake.root / "audio" / "T1.jams").read_text())
    sound = inbox / "song.wav"
    _write_song(jams, sound)
    past = time.time() - 60
    os.utime(sound, (past, past))
    folder = Folder(inbox)
    register(lake, folder, look(folder, lambda name: name.suffix == ".wav"), lambda _: Linked("T1", "test", None))
    file_id = sha256(sound.read_bytes()).hexdigest()
    analyses = pa.table({"track_id": ["T1"], "file_id": [file_id], "jams": ["audio/T1.jams"]})
    key = "silver/audio_analyses"
    lake.publish({key: Table(lake.path(key)).overwrite(analyses)}, "original")
    ask(lake, Wish("stem", "T1", ("drums",), parameters={"bars": 4}), "ana")
    work(lake, Generation())
    (asset,) = (one.id for one in read_standings(lake).values() if one.subject == "asset")
    return asset


def _write_song(jams: dict[str, Any], path: Path) -> None:
    beats = next(one["data"] for one in jams["annotations"] if one["namespace"] == "beat")
    count = round((beats[-1]["time"] + 1) * RATE)
    samples = 0.05 * np.sin(2 * np.pi * 220 * np.arange(count) / RATE)
    for beat in beats:
        samples[round(beat["time"] * RATE)] = 0.9
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
