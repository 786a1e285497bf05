"""Prices of a release, by country."""

from serving.queries.reader import Reader, Row


def current_prices(reader: Reader, release_id: str) -> list[Row]:
    """The price that holds on the lake's newest day, per country."""
    if not reader.has("silver.prices") or reader.last_day is None:
        return []
    return reader.rows(
        "select country, price, currency, valid_from from silver.prices "
        "where release_id = $release and valid_from <= $today "
        "qualify row_number() over (partition by country order by valid_from desc) = 1 order by country",
        {"release": release_id, "today": reader.last_day},
    )
