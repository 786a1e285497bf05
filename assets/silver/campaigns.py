"""Campaigns and what was spent on them, as the ERP or a spreadsheet last stated them.

One row per campaign and what it is for: a release, or a category. A campaign for several releases has a row for each,
with the part of the money that went to it.
"""

from assets.silver import silver_table
from assets.silver.calendar import in_calendar
from assets.silver.currencies import CURRENCY_CODE
from lake.contract import Column, Contract, Rule

CAMPAIGNS = Contract(
    name="campaigns",
    grain="one row per campaign and what it is for",
    key=("campaign_id",),
    latest_by="source_position",
    columns=(
        Column("campaign_id", "string", "number of the campaign, and of what it is for", source="campaign_id"),
        Column("name", "string", "name of the campaign", source="name", nullable=True),
        Column("channel", "string", "where it ran, in the source's own words", source="channel", nullable=True),
        Column("release_id", "string", "the release it is for; refers to releases", source="sku", nullable=True),
        Column(
            "category", "string", "the genre it is for, where it is for no release", source="category", nullable=True
        ),
        Column("started_on", "date", "first day", source="started_on"),
        Column("ended_on", "date", "last day", source="ended_on", nullable=True),
        Column("spend", "decimal(12, 4)", "money spent or booked", source="spend", minimum=0),
        Column("currency", "string", "currency of the spend, ISO 4217", source="currency"),
    ),
    rules=(
        CURRENCY_CODE,
        in_calendar("started_on"),
        Rule(
            "has_a_subject",
            "release_id is not null or category is not null",
            "the campaign is for no release and no category",
            ("release_id",),
        ),
        Rule("ends_after_it_begins", "ended_on >= started_on", "the campaign ends before it begins", ("ended_on",)),
    ),
    references={"release_id": "releases"},
)

campaigns = silver_table(CAMPAIGNS, __doc__, changes_of="campaigns")
