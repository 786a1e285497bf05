"""`lacquer models search`, `export`, `ab`: a challenger by search, a fit for other runtimes, the report of a canary."""

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.models import ModelOption, VersionArgument, models, open_registry
from serving.failures import explained, fail
from serving.options import LakeOption, current_settings

if TYPE_CHECKING:
    from lake.lakehouse import Lake


class Network(StrEnum):
    """Networks that `--neural` tries."""

    lstm = "lstm"
    tft = "tft"
    nhits = "nhits"


@models.command("search")
def search_models(
    trials: Annotated[int, typer.Option("--trials", min=2, help="Backtests to run, the champion's among them.")] = 20,
    neural: Annotated[
        Network | None, typer.Option("--neural", help="Try this network instead (make neural); it is never registered.")
    ] = None,
    steps: Annotated[int, typer.Option("--steps", min=1, help="Training steps of the network at each origin.")] = 300,
    lake: LakeOption = None,
) -> None:
    """Search for better parameters of the forecast on development origins; the best becomes the challenger.

    The search starts from the parameters of the champion and compares with them. The last two origins are never looked
    at. Parameters that gain less than 1% are not registered. Needs make models.

    --neural fits a network of NeuralForecast at the same origins, in a process of its own, and prints how it does
    beside the champion and the simple rule.

    [bold]Examples[/bold]

    lacquer models search --trials 40

    lacquer models search --neural lstm
    """
    from uuid import uuid4

    from assets.governance.search import outcome, search_challenger

    registry = open_registry(lake)
    if neural is not None:
        _try_network(registry.lake, neural.value, steps)
        return
    with explained(ValueError):
        found, row = search_challenger(
            registry.lake,
            current_settings().threads,
            str(uuid4()),
            trials,
            lambda done, total, what: print(f"trial {done} of {total}: {what}", flush=True),
        )
    print(outcome(found, row))


def _try_network(store: "Lake", network: str, steps: int) -> None:
    from assets.governance.neural_search import sentences, try_network
    from resources.neural.network import NeuralError

    with explained(ValueError, NeuralError):
        found = try_network(store, network, current_settings().threads, steps)
    print("\n".join(sentences(found)))


@models.command("ab")
def ab(model: ModelOption = "forecast", lake: LakeOption = None) -> None:
    """Compare the challenger with the champion on the releases that each has served, once their windows have ended.

    What the two groups differed by before the canary began is taken off.

    [bold]Example[/bold]

    lacquer models ab
    """
    from ml.promotion.ab import ab_report

    store = open_registry(lake).lake
    published = store.published()
    if "gold/live_losses" not in published:
        fail("no live losses are published yet: finish a run first")
    con = store.connect({"gold/live_losses": published["gold/live_losses"]})
    found = ab_report(con.sql("from gold.live_losses where model = $model", params={"model": model}).pl())
    if found is None:
        fail(f"{model}: no canary whose windows have ended served 30 entities yet; lacquer models canary begins one")
    print("\n".join(found.sentences))


@models.command("export")
def export_model(
    version: VersionArgument,
    onnx: Annotated[Path, typer.Option("--onnx", metavar="FOLDER", help="Where to write a graph per horizon.")],
    lake: LakeOption = None,
) -> None:
    """Write the boosters of a forecast version as ONNX, checked under onnxruntime against LightGBM.

    A graph per horizon and `forecast.json` with the input columns, the market's shift and the largest difference of
    the outputs on the releases of today. Needs make models.

    [bold]Example[/bold]

    lacquer models export 1 --onnx onnx/
    """
    from importlib.util import find_spec

    if find_spec("onnxmltools") is None or find_spec("onnxruntime") is None:
        fail("the ONNX converter is not installed; install it with make models")
    from assets.governance.exporting import onnx_graphs

    registry = open_registry(lake)
    with explained(ValueError):
        graphs = onnx_graphs(registry, version)
    onnx.mkdir(parents=True, exist_ok=True)
    described = {}
    for horizon, graph in sorted(graphs.items()):
        file = onnx / f"forecast-{version}-{horizon}.onnx"
        file.write_bytes(graph.content)
        described[str(horizon)] = {
            "file": file.name,
            "columns": graph.columns,
            "market_shift": graph.market_shift,
            "largest_difference": graph.largest_difference,
        }
        print(f"{file}: {len(graph.content) / 1024:.0f} KiB, outputs differ by at most {graph.largest_difference:.1g}")
    (onnx / "forecast.json").write_text(json.dumps(described, indent=1))
