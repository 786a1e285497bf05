"""A registered forecast version as ONNX graphs, checked on the releases of the published state."""

from typing import TYPE_CHECKING, Any

from assets.forecasts.inputs import forecasting_version, read_history, read_inputs
from assets.forecasts.recipes import MODEL
from assets.forecasts.tracing import Pinned
from resources.registry import Registry

if TYPE_CHECKING:
    from ml.promotion.forecast_onnx import Graph


class ExportError(ValueError):
    """A version that cannot be exported."""


def onnx_graphs(registry: Registry, version: int) -> "dict[int, Graph]":
    """The graphs by horizon (days); raises ExportError where the version has no boosters or is of other code."""
    from ml.forecasting.persistence import from_bytes
    from ml.promotion.forecast_onnx import to_onnx

    row = registry.version(MODEL, version)
    model = from_bytes(registry.artefact(row))
    boosters = {horizon: booster for horizon, booster in model.boosters.items() if booster is not None}
    if not boosters:
        raise ExportError(f"{MODEL} version {version} has no boosters: too little history had matured to fit any")
    if row["code_version"] != f"{forecasting_version():012x}":
        raise ExportError(f"{MODEL} version {version} was fitted by other code; export it with the release that did")
    read: Any = Pinned(registry.lake.published())
    sales, _ = read_inputs(registry.lake, read)
    last: Any = sales["ds"].max()
    history = read_history(registry.lake, read, last, model.settings.num_threads, model.settings)
    day = history.panel.last_day
    return {horizon: to_onnx(one, history.design(day, horizon)[0]) for horizon, one in boosters.items()}
