"""`lacquer privacy`: which personal data the lake holds, and under which keys its pseudonyms stand."""

from typing import TYPE_CHECKING

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

if TYPE_CHECKING:
    from lake.lakehouse import Lake

HELP = """Which personal data the lake holds, why and how protected; under which keys its pseudonyms stand.

[bold]Examples[/bold]

lacquer privacy record > record-of-processing.md

lacquer privacy keys --lake lakes/demo
"""
privacy = typer.Typer(no_args_is_help=True, help=HELP)


@privacy.command("record")
def show_record() -> None:
    """Print the record of processing (GDPR, article 30), written from the contracts, as Markdown."""
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from assets.privacy import as_markdown, holdings

    settings = current_settings()
    layers = {
        "bronze": settings.retention_bronze_days,
        "silver": settings.retention_silver_days,
        "gold": settings.retention_gold_days,
        "lake": settings.retention_system_days,
    }
    print(as_markdown(holdings(layers)), end="")


@privacy.command("keys")
def show_keys(lake: LakeOption = None) -> None:
    """Count the published pseudonyms by key; end with exit code 1 where some are of another key than the current one.

    After a change of LACQUER_PSEUDONYM_KEY, lacquer rebuild --silver makes all of them anew.
    """
    import definitions  # noqa: F401  (imports every asset, so that the lists of tables are complete)
    from lake.lakehouse import Lake
    from lake.personal import key_name

    key = current_settings().pseudonym_key
    current = key_name(key.get_secret_value()) if key else None
    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    counted = _counted(store)
    print(f"current key: {current or 'none; new rows keep no personal data'}")
    for table, column, name, count in counted:
        print(f"{table}.{column}: {count:,} of key {name}{'' if name == current else ', which is not the current one'}")
    if other := sum(count for _, _, name, count in counted if name != current):
        fail(f"{other:,} pseudonyms are of another key: lacquer rebuild --silver --lake {store.root} makes them anew")


def _counted(store: "Lake") -> list[tuple[str, str, str, int]]:
    """Table, column, name of the key and number of pseudonyms, of what is published."""
    from assets.privacy import protected_columns
    from lake.delta.views import quoted

    versions, found = store.published(), []
    for table, columns in protected_columns().items():
        if table not in versions:
            continue
        con = store.connect({table: versions[table]})
        for column in columns:
            rows = con.execute(
                f"select split_part({quoted(column)}, ':', 1), count(*) from {table.replace('/', '.')} "
                f"where {quoted(column)} is not null group by all order by all"
            ).fetchall()
            found += [(table, column, str(name), int(count)) for name, count in rows]
    return found
