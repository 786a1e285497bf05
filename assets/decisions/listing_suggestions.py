"""How the listings of releases can be better: titles, missing fields, keywords that best sellers use.

One row per release, kind, field and value. `rank` 1 is what to look at first: revenue of 90 days that the listing
carries, times confidence, times urgency, with variety. Traps: no effect on sales is measured, so no money is stated; a
keyword is a term of best sellers' titles, and a person decides whether it is true of the release.
"""

from assets.derived import Input, derived_table
from lake.contract import Column, Contract

LISTING_SUGGESTIONS = Contract(
    name="listing_suggestions",
    layer="gold",
    grain="one row per release, kind, field and value",
    key=("release_id", "kind", "field", "value"),
    columns=(
        Column("release_id", "string", "the release; refers to dim_release"),
        Column("kind", "string", "what is proposed", allowed=("missing_field", "title_length", "keyword")),
        Column("field", "string", "field of the listing"),
        Column("value", "string", "keyword to consider; fill, shorten or lengthen"),
        Column("rank", "int32", "1 is what to look at first", minimum=1),
        Column("weight", "float64", "characters of the title; mean TF-IDF of the keyword", nullable=True, minimum=0),
        Column("impact", "float64", "revenue of 90 days of the release", unit="currency", minimum=0),
        Column("confidence", "float64", "0 to 1, by kind", minimum=0, maximum=1),
        Column("urgency", "float64", "1 where buyers see the listing, else 0.5", minimum=0, maximum=1),
        Column("score", "float64", "impact times confidence times urgency", minimum=0),
        Column("reason", "string", "why, in one sentence"),
        Column("rule_version", "int32", "version of the rules"),
    ),
    references={"release_id": "releases"},
)

RELEASES_SQL = """
with sold as (
  select release_id, sum(gross_units)::double as units, sum(gross_revenue)::double as revenue from gold.fct_sales_day
  where sales_date > (select max(sales_date) from gold.fct_sales_day) - 90 group by all
)
select r.release_id, r.title, r.is_published, r.artist_id, r.label_id, r.genre, r.format, r.release_date, r.list_price,
  r.ean, r.catalogue_number, coalesce(units, 0) as units, greatest(coalesce(revenue, 0), 0) as revenue
from gold.dim_release r left join sold using (release_id) order by release_id
"""

listing_suggestions = derived_table(
    LISTING_SUGGESTIONS,
    inputs={"releases": Input.sql(RELEASES_SQL)},
    compute="ml.decisions.listings:listing_suggestions",
    group="decisions",
    description=__doc__,
)
