"""What a currency is in every table: three capital letters, as ISO 4217 writes them."""

from lake.contract import Rule

CURRENCY_CODE = Rule(
    name="currency_code",
    sql="regexp_full_match(currency, '[A-Z]{3}')",
    reason="currency is no ISO 4217 code of three capital letters",
    columns=("currency",),
)
