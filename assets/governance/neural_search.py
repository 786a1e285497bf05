"""A neural network tried beside the champion on development origins, by `lacquer models search --neural`.

It is compared and never registered: a network forecasts 30 days of units, and what serves forecasts both targets over
all horizons.
"""

from typing import TYPE_CHECKING

from assets.forecasts.governed import RIVAL
from assets.forecasts.recipes import champion_overrides, settings_with
from assets.governance.search import default_settings_of, development
from resources.neural.network import NeuralError, is_installed, predicted

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from ml.promotion.neural_windows import Compared


def try_network(store: "Lake", network: str, threads: int, steps: int) -> "Compared":
    """Fit the network at each development origin and compare it with the champion's parameters and the simple rule.

    Raises:
        NeuralError: NeuralForecast is not installed or failed, or no release can be compared.
        SearchError: nothing is published, or the sales are too short.
    """
    from ml.forecasting.backtest import backtest
    from ml.promotion.neural_windows import compare, windows

    if not is_installed():
        raise NeuralError("NeuralForecast is not installed; install it with make neural")
    _, sales, catalogue, origins, facts = development(store)
    made = predicted(windows(sales, origins), network, threads=threads, steps=steps)
    settings = settings_with(default_settings_of(threads), champion_overrides(store))
    found = compare(
        network, backtest(sales, catalogue, origins, holdout=0, settings=settings, facts=facts), made, RIVAL
    )
    if found is None:
        raise NeuralError("no release sold enough before the development origins to compare the network on")
    return found


def sentences(found: "Compared") -> list[str]:
    """The comparison in words."""
    by = "smaller" if found.gain >= 0 else "larger"
    verdict = (
        "It wins: worth the work of putting it under governance"
        if found.wins
        else "It does not win: a network has to gain 1%, the simpler model wins ties"
    )
    return [
        f"{found.network}: loss {found.loss:.4f} over 30 days, {abs(found.gain):.1%} {by} than LightGBM's "
        f"{found.champion_loss:.4f}; {RIVAL} has {found.rival_loss:.4f}",
        f"{found.pairs} pairs of release and origin, at {', '.join(map(str, found.origins))}",
        verdict + ".",
    ]
