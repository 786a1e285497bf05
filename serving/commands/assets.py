"""`lacquer assets`: ask for stems and texts, make drafts, decide about them, publish what is approved."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from serving.commands.asset_lake import store_of
from serving.commands.assets_publish import publish
from serving.failures import fail
from serving.options import LakeOption, current_settings

if TYPE_CHECKING:
    from lake.journals.generation import Standing

HELP = """Generated stems, texts, pictures: ask, make, approve, reject, publish; without a subcommand, the drafts.

[bold]Examples[/bold]

lacquer assets request R000397 --kind text --name newsletter --language de --by ana

lacquer assets request T000397-01 --kind stem --name drums,bass --bars 8 --by ana

lacquer assets work

lacquer assets approve 1f0c2a9b77aa --by "Ada, marketing" --why "fits the campaign"

lacquer assets publish --by "Ada, marketing"
"""
assets = typer.Typer(no_args_is_help=False, help=HELP)
assets.command()(publish)

SubjectArgument = Annotated[str, typer.Argument(metavar="TRACK_OR_RELEASE", help="A track of stems, else a release.")]
AssetArgument = Annotated[str, typer.Argument(metavar="ASSET", help="The asset_id that `lacquer assets` shows.")]
RequestArgument = Annotated[str, typer.Argument(metavar="REQUEST", help="The request_id of a failed request.")]
KindOption = Annotated[str, typer.Option("--kind", metavar="KIND", help="stem, text or picture.")]
NameOption = Annotated[
    str,
    typer.Option(
        "--name",
        metavar="NAMES",
        help="drums, bass, guitar, piano, synth, other, vocals; shop, newsletter, social; cover, banner, story.",
    ),
]
LanguageOption = Annotated[str, typer.Option("--language", metavar="CODE", help="Of a text: en or de.")]
BackendOption = Annotated[
    str, typer.Option("--backend", help="template, rules, model, musicgen, stable-audio, planned, vocals, diffusion.")
]
BarsOption = Annotated[int | None, typer.Option("--bars", min=1, help="Of stems: length of the loop in bars.")]
SectionOption = Annotated[
    str | None, typer.Option("--section", metavar="NAME", help="Of stems: loop this section, such as chorus or B.")
]
AttemptsOption = Annotated[int | None, typer.Option("--attempts", min=1, help="Of stems: seeds to try.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="The first seed.")]
ByOption = Annotated[str, typer.Option("--by", metavar="WHO", help="Who says so: a name or a role.")]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for whoever reads it later.")]
AllOption = Annotated[bool, typer.Option("--all", help="Approved, rejected and published ones as well.")]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="Rows that are shown.")]

_ASSETS = """
select a.asset_id, a.state, a.kind, coalesce(a.track_id, a.release_id) as about, a.name, a.language,
  a.finding_count as findings, coalesce(a.content, a.path) as draft, a.changed_by, a.why
from gold.generated_assets a where $everything or a.state = 'draft' order by a.made_at desc, a.asset_id limit $limit
"""
_REQUESTS = """
select request_id, state, kind, coalesce(track_id, release_id) as about, names, language, attempts, cost, why,
  requested_by, changed_at
from gold.generation_requests order by requested_at desc, request_id limit $limit
"""


@assets.callback(invoke_without_command=True)
def _default(context: typer.Context, lake: LakeOption = None) -> None:
    if context.invoked_subcommand is None:
        list_assets(everything=False, limit=20, lake=lake)


@assets.command("list")
def list_assets(everything: AllOption = False, limit: LimitOption = 20, lake: LakeOption = None) -> None:
    """List drafts, the newest first: `lacquer assets list --all --limit 50`."""
    _rows(lake, _ASSETS, {"everything": everything, "limit": limit})


@assets.command()
def requests(limit: LimitOption = 20, lake: LakeOption = None) -> None:
    """List requests with their state and its reason, the newest first."""
    _rows(lake, _REQUESTS, {"limit": limit})


@assets.command()
def request(
    subject: SubjectArgument,
    kind: KindOption,
    name: NameOption,
    by: ByOption,
    language: LanguageOption = "en",
    backend: BackendOption = "auto",
    bars: BarsOption = None,
    attempts: AttemptsOption = None,
    seed: SeedOption = 0,
    section: SectionOption = None,
    lake: LakeOption = None,
) -> None:
    """Ask for stems of a track, for a text or for pictures of a release; a worker makes the drafts.

    [bold]Examples[/bold]

    lacquer assets request R000397 --kind text --name newsletter --language de --by ana

    lacquer assets request R000397 --kind picture --name cover,story --by ana

    lacquer assets request T000397-01 --kind stem --name drums,bass --bars 8 --by ana
    """
    from resources.generation.requests import Wish, ask
    from resources.generation.tables import publish_tables

    given = {"bars": bars, "attempts": attempts, "seed": seed}
    parameters = {key: value for key, value in given.items() if value is not None}
    names = tuple(one.strip() for one in name.split(",") if one.strip())
    wish = Wish(kind, subject, names, language if kind == "text" else None, backend, parameters, section)
    store = store_of(lake)
    with _one_line():
        made = ask(store, wish, by)
    publish_tables(store)
    print(f"request {made.id} is {made.state}; lacquer assets work makes the drafts")


@assets.command()
def again(request_id: RequestArgument, by: ByOption, why: WhyOption, lake: LakeOption = None) -> None:
    """Put a failed request back to pending."""
    from resources.generation.requests import ask_again
    from resources.generation.tables import publish_tables

    store = store_of(lake)
    with _one_line():
        made = ask_again(store, request_id, by, why)
    publish_tables(store)
    print(f"request {made.id} is {made.state}; lacquer assets work makes the drafts")


@assets.command()
def work(lake: LakeOption = None) -> None:
    """Make drafts of all requests that wait, each to completed or failed; the exit code is 1 when one failed.

    Dagster's generation job does the same when its daemon runs. LACQUER_GENERATION_PLACES bounds how many workers
    run at once; requests of a worker that was killed are taken up again.
    """
    from resources.generation.installation import Generation
    from resources.generation.working import work as work_on

    store = store_of(lake)

    def tell(done: "Standing") -> None:
        print(f"{done.id}: {done.state}: {done.why}")

    worked = work_on(store, Generation.from_settings(current_settings(lake=store.root)), tell=tell)
    print(worked.skipped or f"{len(worked.completed)} completed, {len(worked.failed)} failed, {worked.drafts} drafts")
    if worked.failed:
        raise typer.Exit(1)


@assets.command()
def show(asset: AssetArgument, lake: LakeOption = None) -> None:
    """Show everything that is known of an asset, as JSON: inputs, measures, findings, and who decided what."""
    from resources.generation.deciding import asset_of, history_of

    store = store_of(lake)
    with _one_line():
        one = asset_of(store, asset)
    document: dict[str, Any] = {"asset_id": one.id, "state": one.state, "made_at": one.begun_at, **one.details}
    document["history"] = history_of(store, asset)
    print(json.dumps(document, indent=1, ensure_ascii=False, default=str))


@assets.command()
def approve(asset: AssetArgument, by: ByOption, why: WhyOption, lake: LakeOption = None) -> None:
    """Approve a draft; findings of the fact checker block it."""
    from resources.generation.deciding import approve as decide

    with _one_line():
        _decided(decide(store_of(lake), asset, by, why))


@assets.command()
def reject(asset: AssetArgument, by: ByOption, why: WhyOption, lake: LakeOption = None) -> None:
    """Reject a draft or an approved asset."""
    from resources.generation.deciding import reject as decide

    with _one_line():
        _decided(decide(store_of(lake), asset, by, why))


def _decided(one: "Standing") -> None:
    print(f"{one.id} is {one.state}")


def _rows(lake: str | None, sql: str, parameters: dict[str, Any]) -> None:
    from resources.generation.tables import ASSETS_KEY
    from serving.commands.rows import Format, write_rows

    store = store_of(lake)
    published = store.published()
    if ASSETS_KEY not in published:
        fail(f"nothing was ever asked for in {store.root}; lacquer assets request --help says how")
    write_rows(store.connect(published).execute(sql, parameters), Format.table)


@contextmanager
def _one_line() -> Iterator[None]:
    """End the command with the error's own message."""
    try:
        yield
    except (LookupError, ValueError) as error:
        fail(str(error.args[0]))
