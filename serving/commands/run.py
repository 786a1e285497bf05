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
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="RUN", help="Make this run again in the new lake --lake; its id or the beginning."),
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="LAKE", help="With --as-of: the lake of that run. Default: as --lake's.")
]


def run(
    context: typer.Context,
    pack: PackOption = "demo",
    lake: LakeOption = None,
    data: DataOption = None,
    backtest: BacktestOption = True,
    only: OnlyOption = None,
    as_of: AsOfOption = None,
    from_: FromOption = None,
) -> None:
    """Land, build bronze, silver and gold, forecast, publish, write back.

    The same call again does only what is new, and finishes what a killed one left. --pack none lands nothing and takes
    what lies in the lake's landing folder: your own data. A pack's own options follow as --name value (lacquer demo
    --list names them).

    --as-of makes an earlier run again in another, new lake: from the versions of tables that it began with and the
    files that it read, without asking or writing to other systems. Then every table is compared with what that run
    published. It is refused, with the reason, where a version or a file is gone.

    [bold]Examples[/bold]

    lacquer run

    lacquer run --pack online-retail --data ../shared/data --lake lakes/wholesaler

    lacquer run --pack none --lake /srv/lake --no-backtest

    lacquer run --pack none --lake /srv/lake --only signals

    lacquer run --as-of 3f0c2a9d --from lakes/demo --lake lakes/again
    """
    from lake.lakehouse import Lake
    from serving.failures import explained
    from serving.runs.graph import run_graph

    if as_of is not None:
        _run_again(as_of, from_, lake, pack)
        return
    began = time.monotonic()
    root = Path(chosen_lake(lake, pack)).absolute()
    with explained(ValueError):
        store = Lake(root if lake is None or not lake.startswith("file://") else lake)
    make_folder(store.root)
    if only is not OnlySet.AUDIO:
        _land(context, pack, root, data)
    leave_out = () if backtest or only else BACKTEST
    run_graph(store, pack, began, leave_out=leave_out, job=only.value if only else None)


def _run_again(as_of: str, from_: str | None, lake: str | None, pack: str) -> None:
    from lake.lakehouse import Lake
    from serving.failures import explained
    from serving.runs.as_of import run_as_of

    if lake is None:
        fail("--as-of makes a run again in a new lake: name its folder with --lake, and the run's lake with --from")
    with explained(ValueError):
        source = Lake(chosen_lake(from_, pack))
        target = Lake(chosen_lake(lake))
    run_as_of(as_of, source, target.root)


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
