"""A tiny Stable Audio with random weights, as the folder that the backend reads: run with the studio's interpreter."""

import json
import sys
from pathlib import Path
from typing import Any

CODER = {"channels": 4, "c_mults": [1, 2], "strides": [4, 8], "use_snake": True}
CONFIG: dict[str, Any] = {
    "model_type": "diffusion_cond",
    "sample_size": 32768,
    "sample_rate": 8000,
    "audio_channels": 2,
    "lacquer_steps": 2,
    "model": {
        "pretransform": {
            "type": "autoencoder",
            "config": {
                "encoder": {"type": "oobleck", "config": {"in_channels": 2, "latent_dim": 8, **CODER}},
                "decoder": {
                    "type": "oobleck",
                    "config": {"out_channels": 2, "latent_dim": 4, "final_tanh": False, **CODER},
                },
                "bottleneck": {"type": "vae"},
                "latent_dim": 4,
                "downsampling_ratio": 32,
                "io_channels": 2,
            },
        },
        "conditioning": {
            "configs": [
                {"id": "seconds_total", "type": "number", "config": {"min_val": 0, "max_val": 512}},
                {"id": "bpm", "type": "number", "config": {"min_val": 0, "max_val": 300}},
            ],
            "cond_dim": 64,
        },
        "diffusion": {
            "type": "dit",
            "cross_attention_cond_ids": ["seconds_total", "bpm"],
            "global_cond_ids": ["seconds_total"],
            "config": {
                "io_channels": 4,
                "embed_dim": 64,
                "depth": 2,
                "num_heads": 1,
                "cond_token_dim": 64,
                "global_cond_dim": 64,
                "project_cond_tokens": False,
                "transformer_type": "continuous_transformer",
            },
        },
        "io_channels": 4,
    },
}


def make(folder: Path) -> None:
    """Write configuration and weights; tensors that begin as zero would ignore the conditioning."""
    import torch
    from safetensors.torch import save_file
    from stable_audio_tools.models.factory import create_model_from_config

    torch.manual_seed(7)
    folder.mkdir(parents=True)
    model: Any = create_model_from_config(CONFIG)
    with torch.no_grad():
        for one in model.parameters():
            if not one.abs().any():
                one.add_(torch.randn_like(one) * 0.1)
    (folder / "model_config.json").write_text(json.dumps(CONFIG))
    weights = {name: one.contiguous().clone() for name, one in model.state_dict().items()}
    save_file(weights, str(folder / "model.safetensors"))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
