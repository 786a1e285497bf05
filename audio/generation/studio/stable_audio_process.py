"""The process of Stable Audio: reads a request as JSON, writes mono samples as float32, and prints their rate.

Run as `python stable_audio_process.py ASKED.json SAMPLES.f32`, in the environment of `make studio`. A text encoder that
the model's configuration names (T5) is read from `hub/` beside the weights, a cache of the Hugging Face hub.
"""

import json
import math
import os
import sys
from pathlib import Path
from typing import Any

STEPS, GUIDANCE = 50, 6.0


def main(request: Path, answer: Path) -> None:
    """Generate one stem."""
    asked = json.loads(request.read_text(encoding="utf-8"))
    folder = Path(asked["folder"])
    os.environ["HF_HUB_CACHE"] = str(folder / "hub")
    config = json.loads((folder / "model_config.json").read_text(encoding="utf-8"))
    rate, longest = int(config["sample_rate"]), int(config["sample_size"])
    if asked["duration_s"] * rate > longest:
        sys.exit(f"the loop has {asked['duration_s']:.1f} s, the model makes {longest / rate:.1f}; ask for fewer bars")
    import torch
    from safetensors.torch import load_file
    from stable_audio_tools.inference.generation import generate_diffusion_cond
    from stable_audio_tools.models.factory import create_model_from_config

    device = _device(torch, asked["may_use_cpu"])
    model: Any = create_model_from_config(config)
    model.load_state_dict(load_file(str(folder / "model.safetensors")))
    model = model.to(device).eval().requires_grad_(False)
    seconds = math.ceil(asked["duration_s"])
    told = {"prompt": asked["prompt"], "seconds_start": 0, "seconds_total": seconds, "bpm": asked["bpm"]}
    with torch.inference_mode():
        made = generate_diffusion_cond(
            model,
            steps=int(config.get("lacquer_steps", STEPS)),
            cfg_scale=GUIDANCE,
            conditioning=[told],
            sample_size=longest,
            sampler_type="dpmpp-3m-sde",
            device=device,
            seed=asked["seed"],
        )
    made[0].mean(dim=0).float().cpu().numpy().astype("float32").tofile(answer)
    print(json.dumps({"rate": rate}))


def _device(torch: Any, may_use_cpu: bool) -> str:
    if torch.cuda.is_available():
        return "cuda"
    if not may_use_cpu:
        sys.exit("skipped: no GPU is found; LACQUER_GENERATION_CPU=true lets the CPU do it, slowly")
    return "cpu"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
