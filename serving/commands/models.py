"""`lacquer models`: registered versions, their events, and which of them served when."""

import datetime as dt
import json
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    from resources.registry import Registry

models = typer.Typer(
    name="models",
    no_args_is_help=True,
    rich_markup_mode="rich",
    help="Which model versions exist, who serves, and why.\n\n[bold]Examples[/bold]\n\nlacquer models list\n\n"
    "lacquer models show forecast 3\n\nlacquer models served --on 2026-03-31",
)
ModelOption = Annotated[str, typer.Option("--model", metavar="NAME", help="The model. Default: forecast.")]
VersionArgument = Annotated[int, typer.Argument(metavar="VERSION", help="Number of the version.")]


def open_registry(lake: str | None) -> "Registry":
    """The registry of the lake that was asked for; ends the command where there is none."""
    from lake.lakehouse import Lake
    from resources.registry import Registry

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    registry = Registry(store)
    if not store.root.is_dir() or not registry.versions():
        fail(f"no model is registered in {store.root} yet: finish a run with lacquer run --lake {store.root}")
    return registry


@models.command("list")
def list_models(lake: LakeOption = None) -> None:
    """List every version with its alias.

    [bold]Example[/bold]

    lacquer models list
    """
    registry = open_registry(lake)
    print(f"{'model':<20} {'version':>7}  {'alias':<12} {'fitted on data to':<18} {'recipe':<14} loss / simple rule")
    states = {name: registry.state(name) for name in {row["model"] for row in registry.versions()}}
    for row in registry.versions():
        state, version = states[row["model"]], row["version"]
        names = {"champion": state.champion, "challenger": state.challenger, "shadow": state.shadow}
        alias = next((name for name, holder in names.items() if holder == version), "")
        if alias == "challenger" and state.share:
            alias = f"canary {state.share:.0%}"
        ratio = json.loads(row["metrics"]).get("all", {}).get("ratio_to_rival")
        shown = "-" if ratio is None else f"{ratio:.3f}"
        print(f"{row['model']:<20} {version:>7}  {alias:<12} {row['origin']!s:<18} {row['recipe']:<14} {shown}")


@models.command("show")
def show_model(
    model: Annotated[str, typer.Argument(metavar="MODEL")], version: VersionArgument, lake: LakeOption = None
) -> None:
    """Show the card of one version, what it was fitted on, and its events with their reports.

    [bold]Example[/bold]

    lacquer models show forecast 3
    """
    registry = open_registry(lake)
    with explained(ValueError):
        row = registry.version(model, version)
    print(row["card"])
    print(f"\nCode {row['code_version']}, lock {row['lock_sha256'][:12]}, run {row['run_id']}, {row['registered_at']}")
    print(f"Artefact {row['artefact']}, SHA-256 {row['artefact_sha256']}")
    print(f"Data versions {row['data_versions']}\n")
    for event in registry.events(model):
        if event["version"] == version:
            print(f"{event['at']:%Y-%m-%d %H:%M} {event['event']} by {event['by']}: {event['why']}")
            print("".join(f"    {line}\n" for line in (event["report"] or "").splitlines()), end="")


@models.command("served")
def served(
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day (UTC), as 2026-03-31.")],
    model: ModelOption = "forecast",
    lake: LakeOption = None,
) -> None:
    """Print which version served on a day, with the moments between which it did.

    [bold]Example[/bold]

    lacquer models served --on 2026-03-31
    """
    registry = open_registry(lake)
    try:
        day = dt.date.fromisoformat(on)
    except ValueError:
        fail(f"--on {on}: a date as 2026-03-31 is needed")
    found = registry.served_on(model, day)
    if not found:
        fail(f"no version of {model} served on {day}; lacquer models list shows what is registered")
    for one in found:
        until = "now" if one.until is None else f"{one.until:%Y-%m-%d %H:%M:%S} UTC"
        print(f"{model} version {one.version}, from {one.since:%Y-%m-%d %H:%M:%S} UTC until {until}")


@models.command("canary")
def canary(
    version: VersionArgument,
    share: Annotated[float, typer.Option("--share", help="Share of entities that it serves, 0 to 1.")],
    by: Annotated[str, typer.Option("--by", metavar="WHO", help="Who decides.")],
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Why.")],
    model: ModelOption = "forecast",
    lake: LakeOption = None,
) -> None:
    """Let a challenger serve a share of the entities, chosen by a stable hash; 0 ends it.

    [bold]Example[/bold]

    lacquer models canary 4 --share 0.1 --by Ada --why "review of March"
    """
    registry = open_registry(lake)
    if not 0 <= share <= 1:
        fail(f"--share {share}: give a number from 0 to 1")
    with explained(ValueError):
        at = registry.record(model, "canary", version, by=by, why=why, share=share)
    publish_event(registry, at)
    print(f"{model} version {version} serves {share:.0%} of the entities from the next run on")


@models.command("mirror")
def mirror_models(
    to: Annotated[str, typer.Option("--to", metavar="URI", help="MLflow's server, or sqlite:///FILE.")],
    lake: LakeOption = None,
) -> None:
    """Copy versions, parameters, metrics and aliases to MLflow; the truth stays in the lake.

    [bold]Example[/bold]

    lacquer models mirror --to http://127.0.0.1:5000
    """
    from resources.mlflow_mirror import is_installed, mirror

    if not is_installed():
        fail("MLflow is not installed; install it with make models")
    written = mirror(open_registry(lake), to)
    print(f"{written['versions']} versions and {written['aliases']} aliases written to {to}")


def publish_event(registry: "Registry", version: int) -> None:
    """Publish the events up to that version of their table."""
    from lake.journals.models import PROMOTIONS_KEY

    registry.lake.publish({PROMOTIONS_KEY: version}, "models")
