"""`lacquer superset`: dashboards over gold, as a bundle for any Superset, or with a Superset of this machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    import duckdb

superset = typer.Typer(
    help="""Dashboards of sales, stock, forecast accuracy, buyers and alerts for Apache Superset.

    [bold]Examples[/bold]

    lacquer superset start --lake lakes/demo

    lacquer superset bundle --out lacquer.zip --database /srv/bi/gold.duckdb
    """,
    no_args_is_help=True,
)
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="FILE|URL",
        help="What Superset asks: a file of lacquer export, or trino://user@host:port/lake/gold.",
    ),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="The zip to write.")]
PortOption = Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of loopback to listen on.")]
FolderOption = Annotated[Path, typer.Option("--folder", metavar="DIR", help="Where Superset keeps what it knows.")]


@superset.command()
def bundle(
    out: OutOption = Path("lacquer-superset.zip"), database: DatabaseOption = None, lake: LakeOption = None
) -> None:
    """Write the zip that `superset import-dashboards` and Superset's page Dashboards import.

    The metrics are those of `lacquer ask`, the API and the dashboard. Ids are stable: a second import updates.

    [bold]Examples[/bold]

    lacquer superset bundle --out lacquer.zip

    lacquer superset bundle --out lacquer.zip --database trino://lacquer@trino.example:8080/lake/gold
    """
    from serving.failures import fail
    from serving.queries.published import open_published

    root = chosen_lake(lake)
    con = open_published(root)
    if database is None and not _exported(root).is_file():
        fail(f"no {_exported(root)}: run lacquer export --all --format duckdb --lake {root}, or give --database")
    _write(con, out, _uri(database or str(_exported(root))))


@superset.command()
def start(
    lake: LakeOption = None, port: PortOption = 8088, folder: FolderOption = Path(".cache/superset/home")
) -> None:
    """Export gold, import the dashboards and serve them on loopback until Ctrl-C. Wants `make superset-tools`.

    The first start makes Superset's database and takes two minutes. Sign in as admin with the password in
    DIR/admin.password.

    [bold]Examples[/bold]

    lacquer superset start --lake lakes/demo --port 8088
    """
    import signal

    from resources.superset.server import ADMIN, SupersetError, is_installed, prepare, running
    from serving.commands.export import ExportFormat, export
    from serving.failures import fail
    from serving.queries.published import open_published

    if not is_installed():
        fail("no Superset on this machine: run make superset-tools")
    root = chosen_lake(lake)
    export(every=True, form=ExportFormat.duckdb, lake=root)
    made = folder / "lacquer.zip"
    folder.mkdir(parents=True, exist_ok=True)
    _write(open_published(root), made, _uri(str(_exported(root))))
    with explained(SupersetError):
        print("importing into Superset", flush=True)
        prepare(folder, made)
        try:
            with running(folder, port) as url:
                print(f"Superset answers at {url}, user {ADMIN}, password in {folder / 'admin.password'}", flush=True)
                signal.pause()
        except KeyboardInterrupt:
            print("ending")


@superset.command()
def role(
    name: Annotated[str, typer.Argument(metavar="ROLE", help="Name of the role in Superset.")],
    label: Annotated[list[str], typer.Option("--label", metavar="LABEL", help="Name of a label; may repeat.")],
    user: Annotated[str | None, typer.Option("--user", metavar="NAME", help="Make this user with the role.")] = None,
    folder: FolderOption = Path(".cache/superset/home"),
) -> None:
    """Make a role whose users see the rows of some labels only, in sales, stock, forecasts and alerts.

    It is a rule of row level security; the role has no access to buyers and forecast accuracy, which are of no label.
    Give it to users beside Superset's role Gamma. A second call changes the labels.

    [bold]Examples[/bold]

    lacquer superset role amber --label "Amber Records" --user ada
    """
    from resources.superset.server import SupersetError, is_installed, make_label_role
    from serving.failures import fail

    if not is_installed():
        fail("no Superset on this machine: run make superset-tools")
    if not (folder / "prepared").is_file():
        fail(f"no Superset in {folder}: run lacquer superset start first")
    with explained(SupersetError):
        password = make_label_role(folder, name, label, user)
    print(f"role {name}: rows of {', '.join(label)}")
    if password:
        print(f"user {user} with the password {password} where it is new; it is not kept")


def _exported(root: str) -> Path:
    from lake.lakehouse import Lake

    return Lake(root).root / "exports" / "gold.duckdb"


def _uri(database: str) -> str:
    if "://" in database:
        return database
    return f"duckdb:///{Path(database).absolute()}?access_mode=read_only"


def _write(con: "duckdb.DuckDBPyConnection", out: Path, uri: str) -> None:
    import duckdb

    from resources.superset.bundle import write_bundle
    from serving.failures import fail

    def described(query: str) -> dict[str, str]:
        return {row[0]: row[1] for row in con.execute(f"describe {query}").fetchall()}

    try:
        with explained(OSError):
            counts = write_bundle(out, uri, described)
    except duckdb.CatalogException as error:
        fail(f"the lake has not published all that the dashboards show; finish a run: {str(error).splitlines()[0]}")
    print(f"{out}: {', '.join(f'{count} {kind}' for kind, count in counts.items())}")
