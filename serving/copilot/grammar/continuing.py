"""A question that goes on from the one before: what it does not name is as it was."""

from dataclasses import replace

from serving.copilot.grammar.reading import Reading
from serving.copilot.plan import FieldName, MetricQuery

IN_FUTURE = {"net_units": "forecast_units", "net_revenue": "forecast_revenue"}
_SOLD = {ahead: sold for sold, ahead in IN_FUTURE.items()}
# A new name of one kind ends the filters that it would contradict.
_ENDS: dict[FieldName, tuple[FieldName, ...]] = {
    "release": ("artist", "label", "genre", "format"),
    "artist": ("release",),
    "label": ("release", "artist"),
    "genre": ("release",),
    "format": ("release",),
    "buyer": ("buyer_kind",),
    "buyer_kind": ("buyer",),
}


def continued(found: Reading, previous: MetricQuery) -> Reading:
    """The reading of a question with what the plan before it says about the rest."""
    names = {one.field: one.values for one in previous.conditions}
    for field in found.names:
        for ended in _ENDS.get(field, ()):
            names.pop(ended, None)
    is_future = found.is_future or (not found.period and bool(set(previous.metrics) & set(_SOLD)))
    has_days = found.period is not None or found.horizon is not None
    return replace(
        found,
        names={**names, **found.names},
        metrics=found.metrics or tuple(_SOLD.get(name, name) for name in previous.metrics),
        group_by=found.group_by or previous.group_by,
        period=found.period if has_days else previous.period,
        versus=found.versus or (None if has_days else previous.versus),
        is_future=is_future,
        order=found.order if found.order != "name" else previous.order,
        limit=found.limit or (previous.limit if found.order == "name" else None),
    )
