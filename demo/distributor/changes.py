"""What becomes of orders and lines in the ERP: every change of a row, when it was made and when it is delivered.

A change is made at a second (`changed`, from the first day's midnight) and lands on a day (`landing`, normally the day
it was made). Its position grows with the second; the place in the file follows `place`, which out-of-order delivery
shifts. `planted` names what was done on purpose, `outcome` what must become of the line.
"""

from __future__ import annotations

import polars as pl

from demo.distributor.options import DAY_S
from demo.pack import PackError

# The longest way from an order's day to the landing of its last change: a correction that arrives after the deletion.
LOOK_BACK_DAYS = 20
CHANNEL = {"shop": "portal", "chain": "edi", "streaming": "api", "wholesale": "portal"}

# Positions: second, then day of the order, then a running number. Orders, lines and buyers have their own ranges.
SECOND, DAY, FIRST_LINE, FIRST_BUYER = 2**26, 2**20, 0x40000, 0xF0000

_FOLLOW_DAYS = {
    "cancelled_later": 2,
    "cancelled_in_part": 1,
    "quantity_corrected": 1,
    "price_corrected": 1,
    "bad_correction": 1,
    "line_deleted": 2,
    "order_deleted": 2,
    "month_moved": 3,
}
_NOTHING = {"planted": pl.lit(None, pl.String), "outcome": pl.lit(None, pl.String)}


def position(changed: pl.Expr, day: pl.Expr, number: pl.Expr) -> pl.Expr:
    """Return the source position of a change: larger for a later second, never the same twice."""
    return (changed + DAY_S) * SECOND + (day % 64) * DAY + number


def follow_second() -> pl.Expr:
    """Return the second of the change that an order's fate brings."""
    days = pl.col("fate").replace_strict(_FOLLOW_DAYS, default=0, return_dtype=pl.Int64) + pl.col("delay")
    return (
        pl.when(pl.col("fate") == "cancelled_within_a_day")
        .then(pl.col("second") + pl.col("moment"))
        .when(pl.col("fate") == "out_of_order")
        .then(pl.col("second") + 120)
        .otherwise(pl.col("second") + days * DAY_S)
    )


def is_cancelled() -> pl.Expr:
    """Whether the row's order is given back by an order of its own, in full or in part."""
    return pl.col("fate").is_in(["cancelled_within_a_day", "cancelled_later", "cancelled_in_part"])


def cancellation_lines(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines of the cancellation orders: all of the order's, or half of the picked one (at least 1 unit)."""
    in_part = pl.col("fate") == "cancelled_in_part"
    return lines.filter(is_cancelled() & (~in_part | pl.col("picked"))).with_columns(
        order_id=_cancellation_id(),
        order_type=pl.lit("cancellation"),
        line_no=pl.when(in_part).then(1).otherwise(pl.col("line_no")),
        qty=-pl.when(in_part).then((pl.col("qty") + 1) // 2).otherwise(pl.col("qty")),
        created=follow_second(),
        changed=follow_second(),
    )


def _cancellation_id() -> pl.Expr:
    return pl.col("order_id").str.replace("SO", "CN", literal=True)


def _change(rows: pl.DataFrame, fates: list[str], op: str, **columns: pl.Expr) -> pl.DataFrame:
    """Return the rows of some fates as changes made when their fate comes; `columns` say what is different."""
    changed = columns.pop("changed", follow_second())
    return rows.filter(pl.col("fate").is_in(fates)).with_columns(op=pl.lit(op), changed=changed).with_columns(**columns)


def _planted(kind: str, outcome: str) -> dict[str, pl.Expr]:
    return {"planted": pl.lit(kind), "outcome": pl.lit(outcome)}


def order_changes(orders: pl.DataFrame) -> pl.DataFrame:
    """Return every change of the orders, and of the cancellations that follow them."""
    base = orders.with_columns(
        order_type=pl.lit("sale"),
        status=pl.lit("open"),
        created=pl.col("second"),
        channel=pl.col("kind").replace_strict(CHANNEL),
        line_no=pl.lit(0, pl.Int64),
        picked=pl.lit(False),
        **_NOTHING,
    )
    cancellation = {"order_id": _cancellation_id(), "order_type": pl.lit("cancellation"), "created": follow_second()}
    cancelled = ["cancelled_within_a_day", "cancelled_later", "cancelled_in_part"]
    shipped = ~pl.col("fate").is_in(["cancelled_within_a_day", "order_deleted"])
    parts = [
        base.with_columns(op=pl.lit("c"), changed=pl.col("second")),
        base.filter(shipped).with_columns(
            op=pl.lit("u"), changed=pl.col("second") + DAY_S, status=pl.lit("shipped")
        ),
        _change(base, cancelled[:1], "u", status=pl.lit("cancelled")),
        _change(base, cancelled, "c", status=pl.lit("cancelled"), **cancellation),
        _change(base, ["order_deleted"], "d", **_planted("deleted", "deleted")),
        _change(
            base, ["month_moved"], "u", created=pl.col("moved_second"), status=pl.lit("shipped"),
            **_planted("key_moving", "moved"),
        ),
    ]  # fmt: skip
    return _delivered(pl.concat(parts, how="diagonal_relaxed"), 0, late_outcome="superseded")


def line_changes(lines: pl.DataFrame) -> pl.DataFrame:
    """Return every change of the order lines, and of the lines of the cancellations."""
    base = lines.with_columns(order_type=pl.lit("sale"), created=pl.col("second"), **_NOTHING)
    one = base.filter("picked")
    before_deletion = follow_second() - 3600
    arrives = follow_second() // DAY_S + 2
    parts = [
        base.with_columns(op=pl.lit("c"), changed=pl.col("second")),
        cancellation_lines(base).with_columns(op=pl.lit("c")),
        _change(one, ["quantity_corrected", "out_of_order"], "u", qty=corrected_quantity()),
        _change(one, ["price_corrected"], "u", price=corrected_price()),
        _change(one, ["bad_correction"], "u", **_planted("type", "dead_letter")),
        _change(one, ["line_deleted"], "d", **_planted("deleted", "deleted")),
        _change(base, ["order_deleted"], "d", **_planted("deleted", "deleted")),
        _change(base, ["month_moved"], "u", created=pl.col("moved_second"), **_planted("key_moving", "moved")),
        _change(
            one.filter(pl.col("delay") % 2 == 1), ["line_deleted"], "u", qty=pl.col("qty") + 5,
            changed=before_deletion, landing=arrives, **_planted("late_after_delete", "superseded"),
        ),
    ]  # fmt: skip
    return _delivered(pl.concat(parts, how="diagonal_relaxed"), FIRST_LINE, late_outcome="applied")


def corrected_price() -> pl.Expr:
    """Return the price after its correction: five percent less, in whole ten thousandths."""
    return pl.col("price") * 95 // 100


def corrected_quantity() -> pl.Expr:
    """Return the quantity after its correction: one to three more."""
    return pl.col("qty") + 1 + pl.col("delay") % 3


def _delivered(changes: pl.DataFrame, first: int, late_outcome: str) -> pl.DataFrame:
    """Add positions and the way of each change: late, twice, or after the change that followed it."""
    is_first = (pl.col("op") == "c") & (pl.col("order_type") == "sale")
    late = is_first & (pl.col("fate") == "late")
    swapped = is_first & (pl.col("fate") == "out_of_order") & pl.col("picked")
    landing = pl.col("changed") // DAY_S
    numbered = changes.sort("day", "changed", "number", "line_no", "op", maintain_order=True).with_columns(
        number_of_day=pl.int_range(pl.len()).over("day") + first
    )
    limit = FIRST_LINE if first == 0 else FIRST_BUYER
    if numbered.height and numbered["number_of_day"].max() >= limit:  # type: ignore[operator]
        raise PackError("demo: a day has too many changes for its range of positions; ask for fewer order_lines")
    known = pl.coalesce("landing", landing) if "landing" in changes.columns else landing
    every = numbered.with_columns(
        lsn=position(pl.col("changed"), pl.col("day"), pl.col("number_of_day")),
        landing=pl.when(late).then(landing + 2 + pl.col("delay") % 4).otherwise(known),
        place=pl.when(swapped).then(pl.col("changed") + 600).otherwise(pl.col("changed")),
        rank=pl.lit(0),
        planted=pl.when(late).then(pl.lit("late")).when(swapped).then(pl.lit("out_of_order")).otherwise("planted"),
        outcome=pl.when(late).then(pl.lit(late_outcome)).when(swapped).then(pl.lit("superseded")).otherwise("outcome"),
    )
    again = every.filter(is_first & (pl.col("fate") == "duplicate")).with_columns(
        landing=pl.col("landing") + 1 + pl.col("delay") % 5, **_planted("duplicate", "duplicate")
    )
    tombstones = every.filter(pl.col("op") == "d").with_columns(rank=pl.lit(1), **_planted("tombstone", "tombstone"))
    return pl.concat([every, again, tombstones])
