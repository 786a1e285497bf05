"""The process of a local diffusion model: reads a request as JSON, writes a PNG, and prints its size.

Run as `python diffusion_process.py ASKED.json PICTURE.png`, in the environment of `make studio`. The folder has the
layout of diffusers; its optional `lacquer.json` has `steps` and `guidance_scale`.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

STEPS, GUIDANCE = 30, 7.0


def main(request: Path, answer: Path) -> None:
    """Paint one picture."""
    asked = json.loads(request.read_text(encoding="utf-8"))
    folder = Path(asked["folder"])
    own = folder / "lacquer.json"
    told = json.loads(own.read_text(encoding="utf-8")) if own.is_file() else {}
    import torch

    device = _device(torch, asked["may_use_cpu"])
    from diffusers import DiffusionPipeline

    kind = torch.float16 if device == "cuda" else torch.float32
    load: Any = DiffusionPipeline.from_pretrained  # the package has no types
    pipeline = load(str(folder), local_files_only=True, use_safetensors=True, torch_dtype=kind)
    pipeline = pipeline.to(device)
    pipeline.set_progress_bar_config(disable=True)
    width, height = _size(pipeline, asked["width"] / asked["height"])
    made = pipeline(
        prompt=asked["prompt"],
        width=width,
        height=height,
        num_inference_steps=int(told.get("steps", STEPS)),
        guidance_scale=float(told.get("guidance_scale", GUIDANCE)),
        generator=torch.Generator("cpu").manual_seed(asked["seed"]),
    )
    made.images[0].convert("RGB").save(answer, "PNG")
    print(json.dumps({"width": width, "height": height}))


def _size(pipeline: Any, shape: float) -> tuple[int, int]:
    """Sides of the model's own area in the shape that is wanted, as multiples that its halvings allow."""
    core = getattr(pipeline, "unet", None) or pipeline.transformer
    cells = core.config.get("sample_size")
    scale = int(getattr(pipeline, "vae_scale_factor", 8))
    side = scale * (cells if isinstance(cells, int) else 128)
    step = math.lcm(8, scale * 2 ** (len(core.config.get("block_out_channels", (0,) * 4)) - 1))
    width, height = side * math.sqrt(shape), side / math.sqrt(shape)
    return tuple(max(step, round(one / step) * step) for one in (width, height))  # type: ignore[return-value]


def _device(torch: Any, may_use_cpu: bool) -> str:
    if torch.cuda.is_available():
        return "cuda"
    if not may_use_cpu:
        sys.exit("skipped: no GPU is found; LACQUER_GENERATION_CPU=true lets the CPU do it, slowly")
    return "cpu"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
