"""The process of MusicGen: reads a request as JSON, writes mono samples as float32, and prints their rate.

Run as `python musicgen_process.py ASKED.json SAMPLES.f32`, in an environment with torch and transformers.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

LONGEST_S = 30.0  # MusicGen was trained on; longer loops are refused


def main(request: Path, answer: Path) -> None:
    """Generate one stem."""
    asked = json.loads(request.read_text(encoding="utf-8"))
    if asked["duration_s"] > LONGEST_S:
        sys.exit(f"the loop has {asked['duration_s']:.1f} s, MusicGen makes at most {LONGEST_S:g}; ask for fewer bars")
    import torch
    from transformers import AutoTokenizer, MusicgenForConditionalGeneration

    device = _device(torch, asked["may_use_cpu"])
    tokenizer: Any = AutoTokenizer.from_pretrained(asked["folder"], local_files_only=True)
    model: Any = MusicgenForConditionalGeneration.from_pretrained(
        asked["folder"], local_files_only=True, use_safetensors=True
    )
    model = model.to(device).eval()
    encoder = model.config.audio_encoder
    frames = math.ceil(asked["duration_s"] * encoder.frame_rate) + model.config.decoder.num_codebooks
    torch.manual_seed(asked["seed"])
    inputs = tokenizer([asked["prompt"]], return_tensors="pt").to(device)
    with torch.inference_mode():
        made = model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            do_sample=True,
            guidance_scale=3.0,
            max_new_tokens=frames,
        )
    made[0].mean(dim=0).float().cpu().numpy().astype("float32").tofile(answer)
    print(json.dumps({"rate": encoder.sampling_rate}))


def _device(torch: Any, may_use_cpu: bool) -> str:
    if torch.cuda.is_available():
        return "cuda"
    if not may_use_cpu:
        sys.exit("skipped: no GPU is found; LACQUER_GENERATION_CPU=true lets the CPU do it, slowly")
    return "cpu"


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
