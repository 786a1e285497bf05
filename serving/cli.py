"""The `lacquer` command: which commands there are, and nothing of what they do."""

import gc
import inspect
import os
import sys
from collections.abc import Callable

import typer

from serving.commands.alerts import alerts
from serving.commands.analyze import analyze
from serving.commands.ask import ask
from serving.commands.assets import assets
from serving.commands.backup import backup, restore
from serving.commands.bench import bench
from serving.commands.branch import branch
from serving.commands.check import check
from serving.commands.decide import decide
from serving.commands.diff import diff
from serving.commands.elasticity import elasticity
from serving.commands.engines import engines
from serving.commands.evaluate import evaluate
from serving.commands.export import export
from serving.commands.fetch import fetch
from serving.commands.forecast import forecast
from serving.commands.forget import forget
from serving.commands.generate import generate
from serving.commands.hold import hold
from serving.commands.import_files import import_files
from serving.commands.ingest import ingest
from serving.commands.keys import keys
from serving.commands.landing import demo
from serving.commands.maintain import maintain
from serving.commands.mcp import mcp
from serving.commands.migrate import migrate
from serving.commands.models_more import models
from serving.commands.override import override
from serving.commands.pim import pim
from serving.commands.price import price
from serving.commands.privacy import privacy
from serving.commands.promote import promote, rollback
from serving.commands.propensity import propensity
from serving.commands.quality import quality
from serving.commands.rebuild import rebuild
from serving.commands.recommend import recommend
from serving.commands.reconcile import reconcile
from serving.commands.repair import repair
from serving.commands.replay import replay
from serving.commands.report import report
from serving.commands.reports import reports
from serving.commands.run import run
from serving.commands.search import search
from serving.commands.seasonality import seasonality
from serving.commands.sentiment import sentiment
from serving.commands.serve import serve
from serving.commands.snooze import snooze
from serving.commands.spark import spark
from serving.commands.sql import sql
from serving.commands.status import status
from serving.commands.suggestions import suggestions
from serving.commands.superset import superset
from serving.commands.tenants import tenants
from serving.commands.trace import reproduce, trace
from serving.commands.triggers import triggers
from serving.commands.trino import trino
from serving.commands.webhooks import webhooks
from serving.remote_lakes import command_begins

app = typer.Typer(
    name="lacquer",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,  # locals can hold personal data
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        from serving.version import version

        print(f"lacquer {version()}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    version: bool = typer.Option(False, "--version", callback=_show_version, is_eager=True, help="Show the version."),
    tenant: str | None = typer.Option(
        None,
        "--tenant",
        metavar="NAME",
        help="Work for this tenant, as LACQUER_TENANT=NAME does.",
    ),
) -> None:
    """Lakehouse for music release intelligence. Start with `lacquer run`, then look with `lacquer sql`."""
    command_begins(context)
    if tenant is not None:
        os.environ["LACQUER_TENANT"] = tenant


def _told(command: Callable[..., None]) -> str:
    """The help of a command: its docstring, each paragraph as one line, which the terminal then folds."""
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


# What a reader of `lacquer --help` looks for.
GROUPS: dict[str, tuple[Callable[..., None], ...]] = {
    "Run, and ask": (run, status, ask, search, demo, sql, export, decide, override, seasonality),
    "Bring data in": (import_files, fetch, ingest, pim, webhooks),
    "Serve it": (serve, mcp, keys),
    "Trust it": (check, quality, snooze, reconcile, replay),
    "Govern models": (promote, rollback, trace, reproduce),
    "After a change": (rebuild, migrate),
    "Operate": (maintain, backup, restore, repair, diff, hold, forget),
    "Without a lake": (forecast, recommend, propensity, elasticity, sentiment, triggers, analyze, evaluate),
    "Measure": (bench, engines),
}
NAMES: dict[Callable[..., None], str] = {import_files: "import"}  # where the command's name is a word of Python
OPTIONS_OF_A_PACK = {"allow_extra_args": True, "ignore_unknown_options": True}
for group, commands in GROUPS.items():
    for command in commands:
        settings = OPTIONS_OF_A_PACK if command in (run, demo) else None
        name = NAMES.get(command)
        app.command(name, help=_told(command), rich_help_panel=group, context_settings=settings)(command)
app.add_typer(privacy, name="privacy", rich_help_panel="Trust it")
app.add_typer(branch, name="branch", rich_help_panel="Operate")
app.add_typer(trino, name="trino", rich_help_panel="Serve it")
app.add_typer(spark, name="spark", rich_help_panel="Operate")
app.add_typer(superset, name="superset", rich_help_panel="Serve it")
app.add_typer(tenants, name="tenants", rich_help_panel="Serve it")
app.add_typer(alerts, name="alerts", rich_help_panel="Run, and ask")
app.add_typer(suggestions, name="suggestions", rich_help_panel="Run, and ask")
app.add_typer(report, name="report", rich_help_panel="Run, and ask")
app.add_typer(assets, name="assets", rich_help_panel="Run, and ask")
app.add_typer(generate, name="generate", rich_help_panel="Without a lake")
app.add_typer(models, rich_help_panel="Govern models")
app.add_typer(reports, name="reports", rich_help_panel="Serve it")
app.add_typer(price, name="price", rich_help_panel="Run, and ask")


def main() -> None:
    """Run the command as a process of its own.

    A run makes a million objects that live until its end, so the garbage collector looks less often. The linear algebra
    of a command is small, and OpenBLAS's idle threads spin on cores that others need.
    """
    gc.set_threshold(100_000, 50, 100)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from serving.native_stderr import filtered_stderr

    try:
        with filtered_stderr(sys.argv[1:]):
            app(prog_name="lacquer")
    except BaseException as error:  # a panic of native code is no Exception
        from serving.native import explained_native

        line = explained_native(error)
        if line is None:
            raise
        print(f"error: {line}", file=sys.stderr)
        sys.exit(1)
    finally:
        gc.unfreeze()  # what the definitions froze is let go in order, or DuckDB's binding reports leaks


if __name__ == "__main__":
    main()
