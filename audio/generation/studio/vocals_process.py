"""The process of vocals (experimental): reads notes as JSON, writes mono samples as float32, and prints their rate.

Run as `python vocals_process.py ASKED.json SAMPLES.f32`, where onnxruntime is. The folder is a DiffSinger voice bank in
the layout of OpenUtau: `dsconfig.yaml` names `phonemes` (a list), `acoustic` (ONNX) and may name `speakers`;
`dsvocoder/vocoder.yaml` names `model` (ONNX), `sample_rate` and `hop_size`. Every note is sung on one vowel.
"""

import json
import sys
from pathlib import Path
from typing import Any

VOWELS = ("a", "aa", "ah", "A", "あ", "o", "u")
REST, SPEEDUP, STEPS = "SP", 50, 20
LOWEST_HZ = 65.0


def main(request: Path, answer: Path) -> None:
    """Sing one stem."""
    asked = json.loads(request.read_text(encoding="utf-8"))
    import numpy as np
    import onnxruntime
    import yaml

    providers = _providers(onnxruntime, asked["may_use_cpu"])
    folder = Path(asked["folder"])
    config = yaml.safe_load((folder / "dsconfig.yaml").read_text(encoding="utf-8"))
    vocoder = yaml.safe_load((folder / "dsvocoder" / "vocoder.yaml").read_text(encoding="utf-8"))
    rate, hop = int(vocoder["sample_rate"]), int(vocoder["hop_size"])
    told = (int(config.get("sample_rate", rate)), int(config.get("hop_size", hop)))
    if told != (rate, hop):
        sys.exit(f"rate and hop of the acoustic model are {told}, those of the vocoder {(rate, hop)}; they must agree")
    phonemes = _phonemes(folder / config["phonemes"])
    frames = -(-round(asked["duration_s"] * rate) // hop)
    tokens, lengths, f0 = _score(np, asked["notes"], phonemes, frames, rate / hop)
    acoustic = onnxruntime.InferenceSession(str(folder / config["acoustic"]), providers=providers)
    values = {"tokens": tokens, "durations": lengths, "f0": f0}
    given = {one.name: _input(np, one, values, config, folder, frames) for one in acoustic.get_inputs()}
    onnxruntime.set_seed(asked["seed"])
    mel = acoustic.run(None, given)[0]
    singer = onnxruntime.InferenceSession(str(folder / "dsvocoder" / vocoder["model"]), providers=providers)
    wanted = {"mel": mel, "f0": f0}
    samples = singer.run(None, {one.name: wanted[one.name] for one in singer.get_inputs()})[0]
    np.asarray(samples, dtype=np.float32).reshape(-1).tofile(answer)
    print(json.dumps({"rate": rate}))


def _phonemes(path: Path) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return list(json.loads(text)) if path.suffix == ".json" else [one.strip() for one in text.splitlines()]


def _score(np: Any, notes: list[Any], phonemes: list[str], frames: int, per_s: float) -> tuple[Any, Any, Any]:
    """Phonemes, their lengths in frames, and the pitch of each frame; rests keep the pitch of the note before."""
    vowel = next((one for one in VOWELS if one in phonemes), None)
    if vowel is None or REST not in phonemes:
        sys.exit(f"the voice bank has no {REST} or none of the vowels {', '.join(VOWELS)}")
    tokens, lengths, pitch = [], [], np.zeros(frames, dtype=np.float32)
    at = 0
    for start_s, end_s, hz in notes:
        first, last = min(round(start_s * per_s), frames), min(round(end_s * per_s), frames)
        for name, until in ((REST, first), (vowel, last)):
            if until > at:
                tokens.append(phonemes.index(name))
                lengths.append(until - at)
                pitch[at:until] = hz
                at = until
    if at < frames:
        tokens.append(phonemes.index(REST))
        lengths.append(frames - at)
        pitch[at:] = pitch[at - 1] if at else LOWEST_HZ
    whole = [np.array([one], dtype=np.int64) for one in (tokens, lengths)]
    return whole[0], whole[1], pitch[None]


def _input(np: Any, told: Any, values: dict[str, Any], config: dict[str, Any], folder: Path, frames: int) -> Any:
    """The value of an input of the acoustic model, by its name; curves that need predictors are refused."""
    kind = np.int64 if "int64" in told.type else np.float32
    if told.name in values:
        return values[told.name]
    if told.name == "spk_embed":
        embedding = np.fromfile(folder / f"{config['speakers'][0]}.emb", dtype=np.float32)
        return np.broadcast_to(embedding, (1, frames, embedding.size)).copy()
    curves = {"gender": 0.0, "velocity": 1.0}
    if told.name in curves:
        return np.full((1, frames), curves[told.name], dtype=np.float32)
    numbers = {"speedup": SPEEDUP, "steps": STEPS, "depth": config.get("max_depth", 1)}
    if told.name in numbers:
        return np.array(numbers[told.name], dtype=kind).reshape([1] * len(told.shape))
    sys.exit(f"the acoustic model wants {told.name}, which needs a predictor that is not supported")


def _providers(onnxruntime: Any, may_use_cpu: bool) -> list[str]:
    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]
    if not may_use_cpu:
        sys.exit("skipped: no GPU is found; LACQUER_GENERATION_CPU=true lets the CPU do it, slowly")
    return ["CPUExecutionProvider"]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
