"""60 faults of 12 kinds in the newest day of orders and order lines, written before the checks that look for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A fault as SQL over the tables ``orders`` and ``order_lines`` of a DuckDB; ``{day}`` is the newest day."""

    kind: str
    table: str
    column: str | None
    sql: str


LINES, ORDERS, DAY = "order_lines", "orders", "ordered_at::date = date '{day}'"


def _update(kind: str, table: str, column: str | None, assignments: str, where: str = "true") -> Fault:
    return Fault(kind, table, column, f"update {table} set {assignments} where {DAY} and {where}")


def _delete(kind: str, table: str, where: str) -> Fault:
    return Fault(kind, table, None, f"delete from {table} where {where}")


def _repeat(table: str, replaced: str, where: str = "true") -> Fault:
    copied = f"select * replace ({replaced}) from {table} where {DAY} and {where}"
    return Fault("duplicated batch", table, None, f"insert into {table} {copied}")


FAULTS = (
    _update("unit change", LINES, "quantity", "quantity = quantity * 10"),
    _update("unit change", LINES, "quantity", "quantity = quantity * 12"),
    _update("unit change", LINES, "unit_price", "unit_price = unit_price * 100"),
    _update("unit change", LINES, "unit_price", "unit_price = unit_price / 100"),
    _update("unit change", LINES, "quantity", "quantity = quantity * 1000", "hash(order_id) % 2 = 0"),
    _update("shifted dates", LINES, "ordered_at", "ordered_at = ordered_at - interval 30 days"),
    _update("shifted dates", LINES, "ordered_at", "ordered_at = ordered_at - interval 365 days"),
    _update("shifted dates", ORDERS, "ordered_at", "ordered_at = ordered_at - interval 31 days"),
    _update("shifted dates", ORDERS, "ordered_at", "ordered_at = ordered_at - interval 7 days"),
    _update(
        "shifted dates", LINES, "ordered_at", "ordered_at = ordered_at - interval 14 days", "hash(order_id) % 3 > 0"
    ),
    _repeat(LINES, "line_number + 1000 as line_number"),
    _repeat(LINES, "line_number + 1000 as line_number", "hash(order_id) % 2 = 0"),
    _repeat(LINES, "order_id || '-2' as order_id"),
    _repeat(ORDERS, "order_id || '-2' as order_id"),
    Fault(
        "duplicated batch",
        ORDERS,
        None,
        "insert into orders select orders.* replace (order_id || '-' || n as order_id) "
        f"from orders, range(1, 3) t(n) where {DAY}",
    ),
    _delete("lost partition", LINES, DAY),
    _delete("lost partition", ORDERS, DAY),
    _delete("lost partition", LINES, DAY + " and hour(ordered_at) < 15"),
    _delete("lost partition", ORDERS, DAY + " and country in ('Germany', 'United Kingdom', 'France', 'United States')"),
    _delete("lost partition", LINES, DAY + " and currency = 'EUR'"),
    _update("currency mix-up", LINES, "currency", "currency = 'USD'"),
    _update("currency mix-up", LINES, "currency", "currency = if(currency = 'EUR', 'GBP', 'EUR')"),
    _update("currency mix-up", ORDERS, "currency", "currency = 'JPY'", "hash(order_id) % 2 = 0"),
    _update("currency mix-up", ORDERS, "currency", "currency = 'GBP'"),
    _update("currency mix-up", LINES, "currency", "currency = 'CHF'", "currency = 'EUR'"),
    _update("swapped columns", LINES, "quantity", "quantity = unit_price::int, unit_price = abs(quantity)"),
    _update("swapped columns", ORDERS, "country", "country = channel, channel = country"),
    _update("swapped columns", ORDERS, "currency", "currency = country, country = currency"),
    _update("swapped columns", LINES, "currency", "currency = item_category, item_category = currency"),
    _update("swapped columns", ORDERS, "buyer_id", "buyer_id = order_id, order_id = buyer_id || order_id"),
    _delete("truncated file", LINES, DAY + " and hash(order_id, line_number) % 100 >= 10"),
    _delete("truncated file", LINES, DAY + " and hash(order_id, line_number) % 100 >= 30"),
    _delete("truncated file", ORDERS, DAY + " and hash(order_id) % 100 >= 10"),
    _delete("truncated file", ORDERS, DAY + " and hash(order_id) % 100 >= 30"),
    _delete("truncated file", LINES, DAY + " and line_number > 1"),
    _delete("stale source", LINES, "ordered_at::date > date '{day}' - 2"),
    _delete("stale source", ORDERS, "ordered_at::date > date '{day}' - 2"),
    _delete("stale source", LINES, "ordered_at::date > date '{day}' - 4"),
    _delete("stale source", ORDERS, "ordered_at::date > date '{day}' - 4"),
    _delete("stale source", ORDERS, "ordered_at::date > date '{day}' - 1"),
    _update("doubled buyer", ORDERS, "buyer_id", "buyer_id = buyer_id || '-2'"),
    _update("doubled buyer", ORDERS, "buyer_id", "buyer_id = lower(buyer_id)"),
    _update("doubled buyer", ORDERS, "buyer_id", "buyer_id = ' ' || buyer_id", "hash(order_id) % 2 = 0"),
    _update("doubled buyer", ORDERS, "buyer_id", "buyer_id = buyer_id || '_new'", "hash(order_id) % 3 > 0"),
    _update("doubled buyer", ORDERS, "buyer_id", "buyer_id = 'X' || buyer_id", "country <> 'Germany'"),
    _update("sign flip", LINES, "quantity", "quantity = -quantity"),
    _update("sign flip", LINES, "quantity", "quantity = -quantity", "hash(order_id) % 2 = 0"),
    _update("sign flip", LINES, "quantity", "quantity = -quantity", "hash(order_id) % 3 = 0"),
    _update("sign flip", LINES, "quantity", "quantity = -abs(quantity)", "currency = 'EUR'"),
    _update("sign flip", LINES, "quantity", "quantity = -abs(quantity)", "line_number <= 2"),
    _update("encoding damage", ORDERS, "country", "country = replace(country, 'e', 'Ã©')"),
    _update("encoding damage", ORDERS, "country", "country = replace(country, 'n', chr(65533))"),
    _update("encoding damage", ORDERS, "channel", "channel = replace(channel, 'a', 'Ã¤')"),
    _update("encoding damage", ORDERS, "channel", "channel = chr(65533) || channel", "hash(order_id) % 2 = 0"),
    _update("encoding damage", ORDERS, "country", "country = 'Ã–' || country", "hash(order_id) % 3 = 0"),
    _update("renamed category", ORDERS, "channel", "channel = 'web shop'", "channel = 'portal'"),
    _update("renamed category", ORDERS, "country", "country = upper(country)"),
    _update("renamed category", ORDERS, "currency", "currency = 'Euro'", "currency = 'EUR'"),
    _update("renamed category", LINES, "item_category", "item_category = 'goods'"),
    _update("renamed category", LINES, "currency", "currency = lower(currency)"),
)
