"""The tables that `lacquer import` fills, by name: their contracts, and the shape in which their rows land."""

from lake.importing.targets import Target

TABLES = (
    "releases", "artists", "labels", "buyers", "orders", "order_lines", "inventory", "prices",
    "carriers", "shipments", "buyer_interactions", "campaigns",
)  # fmt: skip


def import_targets() -> dict[str, Target]:
    """The targets, as the silver tables declare themselves."""
    from importlib import import_module

    from assets.silver import FEEDS

    found = {}
    for name in TABLES:
        contract = getattr(import_module(f"assets.silver.{name}"), name.upper())
        feed = FEEDS[name]
        found[name] = Target(contract, "erp" if feed.bronze == "erp_changes" else "pim", str(feed.source))
    return found
