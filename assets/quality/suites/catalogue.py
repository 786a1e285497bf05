"""Whether the catalogue can be sold from."""

from lake.quality.suites import Suite, expect

CATALOGUE = Suite(
    name="catalogue",
    table="gold/dim_release",
    question="Can the catalogue be sold from?",
    query="""
with releases as (
  select *, if(regexp_full_match(ean, '\\d{13}'), list_transform(range(1, 14), lambda i: ean[i]::int), null) as digits
  from gold.dim_release
)
select release_id, genre, trim(title) = title and title <> '' as is_title_clean, ean,
  -- The check digit fills the sum of the digits, every second three times, up to a multiple of ten.
  if(ean is not null, coalesce(
    (list_sum(digits) + 2 * list_sum(list_filter(digits, lambda d, i: i % 2 = 0))) % 10 = 0, false
  ), null) as is_ean_valid,
  list_price::double as list_price, (list_price - unit_cost)::double as margin,
  date_diff('day', current_date, release_date) as days_ahead
from releases
""",
    row=("release_id",),
    expectations=(
        expect(
            "column_values_to_be_in_set",
            "a title with blanks around it sorts wrongly and is not found",
            column="is_title_clean",
            value_set=[True],
        ),
        expect(
            "column_values_to_be_in_set",
            "a shop refuses an EAN whose check digit is wrong",
            column="is_ean_valid",
            value_set=[True],
            mostly=0.99,
        ),
        expect(
            "column_values_to_be_unique",
            "two releases with one EAN are one release entered twice",
            column="ean",
        ),
        expect(
            "column_values_to_be_between",
            "a release without a list price cannot be ordered",
            column="list_price",
            min_value=0.5,
            max_value=1_000,
            mostly=0.98,
        ),
        expect(
            "column_values_to_be_between",
            "what is sold below cost loses money with each unit",
            column="margin",
            min_value=0,
            mostly=0.95,
        ),
        expect(
            "column_values_to_be_between",
            "nobody announces a release more than two years ahead: 2099 stands for unknown",
            column="days_ahead",
            max_value=731,
            mostly=0.99,
        ),
        expect(
            "column_unique_value_count_to_be_between",
            "more than 100 genres are free text and no list",
            column="genre",
            min_value=2,
            max_value=100,
        ),
    ),
)
