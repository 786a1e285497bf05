"""A tiny MusicGen with random weights, as a folder that transformers reads: run with the studio's interpreter."""

import sys
from pathlib import Path


def make(folder: Path) -> None:
    """Write configuration, weights and a tokenizer of whole words."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import (
        EncodecConfig,
        MusicgenConfig,
        MusicgenDecoderConfig,
        MusicgenForConditionalGeneration,
        PreTrainedTokenizerFast,
        T5Config,
    )

    torch.manual_seed(7)
    spoken = "solo drum kit groove bass guitar line piano chords BPM A B C D E F G major minor loop"
    words = ["<pad>", "</s>", "<unk>", *spoken.split()]
    text = T5Config(vocab_size=64, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2, initializer_factor=3.0)
    codec = EncodecConfig(
        target_bandwidths=[1.0],
        sampling_rate=8000,
        num_filters=4,
        hidden_size=16,
        codebook_size=64,
        codebook_dim=16,
        upsampling_ratios=[8, 5, 4],
        num_lstm_layers=1,
        use_causal_conv=False,
        chunk_length_s=None,
        norm_type="weight_norm",
    )
    decoder = MusicgenDecoderConfig(
        vocab_size=64,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=64,
        num_codebooks=2,
        initializer_factor=0.8,
        pad_token_id=64,
        bos_token_id=64,
        max_position_embeddings=4096,
    )
    model = MusicgenForConditionalGeneration(MusicgenConfig(text_encoder=text, audio_encoder=codec, decoder=decoder))
    with torch.no_grad():  # as made, such small weights hardly depend on the text
        for name, weights in model.named_parameters():
            if any(part in name for part in ("encoder_attn", "enc_to_dec_proj", "lm_heads")):
                weights.copy_(torch.randn_like(weights))
        for name, codes in model.named_buffers():  # empty as made: every code would sound the same
            if name.endswith("codebook.embed"):
                codes.normal_()
    model.generation_config.decoder_start_token_id = 64
    model.generation_config.pad_token_id = 64
    model.save_pretrained(folder, safe_serialization=True)
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", unk_token="<unk>")
    fast.save_pretrained(folder)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
