"""Dead letters: what could not be taken in, with its reason, its place and its raw bytes.

One row per landed line and table that refused it. Bronze refuses what is no message; silver what breaks a contract.
Written by those steps; this one groups them by reason, and warns of a reason that readers have not seen before.
"""

from typing import TYPE_CHECKING, Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MarkdownMetadataValue,
    MaterializeResult,
    asset,
)

from assets.contracts import asset_metadata, grain_first, owners
from lake.dead_letters import DEAD_LETTERS
from resources.lake import LakeParam

if TYPE_CHECKING:
    from lake.ingest.reasons import Reason

KEY = AssetKey(["bronze", DEAD_LETTERS.name])
NEW_REASONS = "new_reasons"
SHOWN = 50
COLUMNS = ("letters", "table_name", "reason", "first_seen", "last_seen", "examples", "suggestion")


def dead_letters_asset(refusing: list[AssetKey]) -> AssetsDefinition:
    """The asset of the dead letters that the tables ``refusing`` write."""

    @asset(
        key=KEY,
        deps=sorted(refusing),
        group_name="refused",
        kinds={"delta"},
        owners=owners(DEAD_LETTERS),
        description=grain_first(DEAD_LETTERS, __doc__),
        metadata=asset_metadata(DEAD_LETTERS),
        check_specs=[
            AssetCheckSpec(
                NEW_REASONS, asset=KEY, description="no line is refused for a reason that was not seen before"
            )
        ],
    )
    def dead_letters(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
        from lake.ingest.reasons import VIEW, create_reasons_view, note_reasons

        store, session = lake.lake(), lake.session(context.run)
        version = store.table(DEAD_LETTERS).version()
        session.advance("/".join(KEY.path), version)
        con = store.connect({"/".join(KEY.path): version})
        create_reasons_view(con)
        new = note_reasons(store, session, con)
        rows = con.execute(f"select {', '.join(COLUMNS)} from {VIEW}").fetchall()
        return MaterializeResult(
            metadata={
                "dead_letters": sum(row[0] for row in rows),
                "reasons": MarkdownMetadataValue(_page(rows)),
                "delta_version": version,
            },
            check_results=[_about_new(new)],
        )

    return dead_letters


def _page(rows: list[tuple[Any, ...]]) -> str:
    """The reasons as a table in Markdown, which no text of a source can break."""
    lines = [f"| {' | '.join(COLUMNS).replace('_', ' ')} |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows[:SHOWN]]
    more = [f"\n… and {len(rows) - SHOWN} more: `lacquer sql 'from dead_letter_reasons'`"] if len(rows) > SHOWN else []
    return "\n".join([*lines, *more])


def _cell(value: object) -> str:
    text = f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "strftime") else str(value)
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "&#124;").replace("`", "&#96;")
    return " ".join(escaped.split())


def _about_new(new: "list[Reason]") -> AssetCheckResult:
    said = "; ".join(f"{one.table_name}: {one.reason} ({one.letters})" for one in new[:5])
    more = f" and {len(new) - 5} more" if len(new) > 5 else ""
    return AssetCheckResult(
        check_name=NEW_REASONS,
        asset_key=KEY,
        passed=not new,
        severity=AssetCheckSeverity.WARN,
        metadata={"new_reasons": len(new)},
        description=f"lines are refused for reasons not seen before: {said}{more}; see `from dead_letter_reasons`"
        if new
        else "none that was not seen before",
    )
