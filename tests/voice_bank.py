"""A tiny DiffSinger voice bank in the layout of OpenUtau: its models are graphs that sing a sine on every vowel."""

from pathlib import Path
from typing import Any

RATE, HOP, BINS = 16_000, 160, 4
PHONEMES = ("<PAD>", "SP", "AP", "a", "l")
OPSET, IR = 17, 8


def write_voice_bank(folder: Path, detune: float = 1.0, extra_input: str | None = None) -> Path:
    """Write the voice bank.

    Args:
        folder: made where it is not there.
        detune: factor of the pitch that the vocoder sings.
        extra_input: another input that the acoustic model wants.
    """
    vocoder = folder / "dsvocoder"
    vocoder.mkdir(parents=True)
    (folder / "dsconfig.yaml").write_text("phonemes: phonemes.txt\nacoustic: acoustic.onnx\nvocoder: tiny\n")
    (folder / "phonemes.txt").write_text("\n".join(PHONEMES) + "\n")
    (vocoder / "vocoder.yaml").write_text(
        f"name: tiny\nmodel: tiny.onnx\nnum_mel_bins: {BINS}\nsample_rate: {RATE}\nhop_size: {HOP}\n"
    )
    _save(_acoustic(extra_input), folder / "acoustic.onnx")
    _save(_vocoder(detune), vocoder / "tiny.onnx")
    return folder


def _acoustic(extra_input: str | None) -> Any:
    """A mel whose bins are 1 where the phoneme of the frame is a vowel, else 0."""
    from onnx import TensorProto, helper

    node = helper.make_node
    nodes = [
        node("CumSum", ["durations", "one"], ["ends"]),
        node("Shape", ["f0"], ["shape"]),
        node("Gather", ["shape", "one"], ["frames"]),
        node("Range", ["zero", "frames", "one"], ["places"]),
        node("Unsqueeze", ["places", "last"], ["column"]),
        node("GreaterOrEqual", ["column", "ends"], ["past"]),
        node("Cast", ["past"], ["counted"], to=TensorProto.INT64),
        node("ReduceSum", ["counted", "last"], ["index"], keepdims=0),
        node("Gather", ["tokens", "index"], ["phoneme"], axis=1),
        node("Equal", ["phoneme", "vowel"], ["voiced"]),
        node("Cast", ["voiced"], ["level"], to=TensorProto.FLOAT),
        node("Unsqueeze", ["level", "last"], ["bin"]),
        node("Expand", ["bin", "bins"], ["mel"]),
    ]
    constants = {"zero": 0, "one": 1, "vowel": PHONEMES.index("a")}
    tensors = [helper.make_tensor(name, TensorProto.INT64, (), [value]) for name, value in constants.items()]
    tensors += [
        helper.make_tensor("last", TensorProto.INT64, (1,), [-1]),
        helper.make_tensor("bins", TensorProto.INT64, (3,), [1, 1, BINS]),
    ]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, (1, None)) for name in ("tokens", "durations")]
    inputs.append(helper.make_tensor_value_info("f0", TensorProto.FLOAT, (1, None)))
    inputs.append(helper.make_tensor_value_info("speedup", TensorProto.INT64, (1,)))
    if extra_input is not None:
        inputs.append(helper.make_tensor_value_info(extra_input, TensorProto.FLOAT, (1, None)))
    output = helper.make_tensor_value_info("mel", TensorProto.FLOAT, (1, None, BINS))
    return helper.make_graph(nodes, "acoustic", inputs, [output], tensors)


def _vocoder(detune: float) -> Any:
    """A sine of the pitch, as loud as the mel."""
    from onnx import TensorProto, helper

    node = helper.make_node
    nodes = [
        node("Unsqueeze", ["f0", "last"], ["column"]),
        node("Expand", ["column", "hops"], ["held"]),
        node("Reshape", ["held", "flat"], ["pitch"]),
        node("Mul", ["pitch", "turn"], ["step"]),
        node("CumSum", ["step", "axis"], ["phase"]),
        node("Sin", ["phase"], ["tone"]),
        node("ReduceMean", ["mel"], ["loud"], axes=[-1], keepdims=1),
        node("Expand", ["loud", "hops"], ["louds"]),
        node("Reshape", ["louds", "flat"], ["level"]),
        node("Mul", ["tone", "level"], ["waveform"]),
    ]
    tensors = [
        helper.make_tensor("last", TensorProto.INT64, (1,), [-1]),
        helper.make_tensor("hops", TensorProto.INT64, (3,), [1, 1, HOP]),
        helper.make_tensor("flat", TensorProto.INT64, (2,), [1, -1]),
        helper.make_tensor("turn", TensorProto.FLOAT, (), [detune * 2 * 3.141592653589793 / RATE]),
        helper.make_tensor("axis", TensorProto.INT64, (), [1]),
    ]
    inputs = [
        helper.make_tensor_value_info("mel", TensorProto.FLOAT, (1, None, BINS)),
        helper.make_tensor_value_info("f0", TensorProto.FLOAT, (1, None)),
    ]
    output = helper.make_tensor_value_info("waveform", TensorProto.FLOAT, (1, None))
    return helper.make_graph(nodes, "vocoder", inputs, [output], tensors)


def _save(graph: Any, path: Path) -> None:
    from onnx import checker, helper, save

    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR)
    checker.check_model(model)
    save(model, str(path))
