"""`lacquer run`: the main job, from landed files to the write-back, and its result table."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from serving.failures import fail
from serving.options import DataOption, LakeOption, PackOption, chosen_data, chosen_lake, current_settings, make_folder


class OnlySet(StrEnum):
    """Sets of tables that are published without a whole run."""

    SIGNALS = "signals"
    AUDIO = "audio"


BacktestOption = Annotated[
    bool,
    typer.Option(
        "--backtest/--no-backtest",
        help="Measure the models at past origins first. Without any backtest the simplest model serves.",
    ),
]
BACKTEST = (
    "gold/forecast_backtest",
    "gold/forecast_scores",
    "gold/cold_start_backtest",
    "gold/cold_start_scores",
    "gold/forecast_totals_backtest",
    "gold/forecast_totals_scores",
)
OWN_DATA = "none"
OnlyOption = Annotated[
    OnlySet | None,
    typer.Option("--only", help="Publish only this set of tables, beside a whole run that may be under way."),
]


def run(
    context: typer.Context,
    pack: PackOption = "demo",
    lake: LakeOption = None,
    data: DataOption = None,
    backtest: BacktestOption = True,
    only: OnlyOption = None,
) -> None:
    """Land, build bronze, silver and gold, forecast, publish, write back.

    The same call again does only what is new, and finishes what a killed one left. --pack none lands nothing and takes
    what lies in the lake's landing folder: your own data. A pack's own options follow as --name value (lacquer demo
    --list names them).

    [bold]Examples[/bold]

    lacquer run

    lacquer run --pack online-retail --data ../shared/data --lake lakes/wholesaler

    lacquer run --pack none --lake /srv/lake --no-backtest

    lacquer run --pack none --lake /srv/lake --only signals
    """
    from lake.lakehouse import Lake
    from serving.failures import explained
    from serving.runs.graph import run_graph

    began = time.monotonic()
    root = Path(chosen_lake(lake, pack)).absolute()
    with explained(ValueError):
        store = Lake(root if lake is None or "://" not in lake else lake)
    make_folder(store.root)
    if only is not OnlySet.AUDIO:
        _land(context, pack, root, data)
    leave_out = () if backtest or only else BACKTEST
    run_graph(store, pack, began, leave_out=leave_out, job=only.value if only else None)


def _land(context: typer.Context, pack: str, root: Path, data: Path | None) -> None:
    if pack == OWN_DATA:
        landed = any(path.is_file() for path in (root / "landing").rglob("*"))
        if not landed and current_settings().erp_url is None:
            fail(f"nothing has landed in {root / 'landing'}: put files into pim/, erp/, signals/ or feedback/ there")
        return
    from serving.commands.landing import land
    from serving.commands.packs import chosen_pack, pack_options

    source = chosen_pack(pack)
    land(source, root, chosen_data(data), pack_options(source, context.args))
