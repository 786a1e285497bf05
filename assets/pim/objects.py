"""One row per state of an object of the PIM that was read from its Data Hub, as landed lines.

What has changed since the last reading; with the run's tag `lacquer/pim: full`, everything, and what is gone.
"""

from collections.abc import Iterator

from dagster import AssetExecutionContext, MarkdownMetadataValue, MaterializeResult, asset

from assets.contracts import declared_contracts
from assets.silver import FEEDS
from lake.contract import Contract
from resources.pim.connecting import UNSET
from resources.pim.pulling import PimClass, PimObjectsParam

GROUP = "pim"
READING, FULL = "lacquer/pim", "full"
SYSTEM_FIELDS = ("id", "fullpath", "modificationDate", "published")


def pim_classes() -> list[PimClass]:
    """The classes that silver tables follow, with the fields that their contracts name."""
    contracts = [one for one in declared_contracts("assets.silver") if _class_of(one.name)]
    return [_pim_class(one) for one in contracts]


def tables_by_class() -> dict[str, list[str]]:
    """The silver tables, histories included, that follow each class, as ``silver/releases``."""
    found: dict[str, list[str]] = {}
    for contract in declared_contracts("assets.silver"):
        if (classname := _class_of(contract.name)) is not None:
            names = [contract.name, *([f"{contract.name}_history"] if contract.history == "scd2" else [])]
            found.setdefault(classname, []).extend(f"silver/{name}" for name in names)
    return found


def _class_of(table: str) -> str | None:
    feed = FEEDS.get(table)
    return feed.source if feed and feed.bronze == "pim_objects" else None


def _pim_class(contract: Contract) -> PimClass:
    required, optional = list(SYSTEM_FIELDS), list[str]()
    related: dict[str, tuple[str | None, list[str]]] = {}
    for column in contract.columns:
        if column.source is None or column.source in SYSTEM_FIELDS:
            continue
        relation, _, field = column.source.rpartition(".")
        if relation:
            target = contract.references.get(column.name)
            related.setdefault(relation, (_class_of(target) if target else None, []))[1].append(field)
        else:
            (optional if column.nullable or column.default is not None else required).append(field)
    # A relation is a union of the classes that it allows, so its fields are asked for by class.
    optional += [
        f"{relation} {{ ... on object_{target} {{ id {' '.join(fields)} }} }}"
        if target
        else f"{relation} {{ {' '.join(fields)} }}"
        for relation, (target, fields) in related.items()
    ]
    classname, key = _class_of(contract.name), contract[contract.key[0]].source
    assert classname is not None
    assert key is not None, f"{contract.name}: its key is no field of the PIM"
    return PimClass(classname, key, tuple(required), tuple(optional))


@asset(
    key=["pim", "objects"],
    group_name=GROUP,
    kinds={"pimcore", "json"},
    owners=["team:data-engineering"],
    description=__doc__,
    output_required=False,
    code_version="1",
)
def objects(context: AssetExecutionContext, pim_objects: PimObjectsParam) -> Iterator[MaterializeResult]:
    """Land what is new in the PIM."""
    if pim_objects.hub is None:
        context.log.info(f"no object is read from the PIM: {UNSET}")
        return
    pulled = list(pim_objects.pull(pim_classes(), full=context.run.tags.get(READING) == FULL))
    for note in (note for one in pulled for note in one.notes):
        context.log.info(note)
    lines = ["| class | listed | landed | of them deleted | file |", "|---|---|---|---|---|"]
    lines += [
        f"| {one.classname} | {one.listed} | {one.landed} | {one.deleted} | {one.file.name if one.file else ''} |"
        for one in pulled
    ]
    yield MaterializeResult(
        metadata={"landed": sum(one.landed for one in pulled), "classes": MarkdownMetadataValue("\n".join(lines))}
    )
