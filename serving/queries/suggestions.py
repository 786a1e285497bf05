"""Suggestions that still stand: growth actions and listing suggestions that nobody dismissed or carried out.

`STANDING` holds for a row of a table that is named `s`; it needs gold.suggestion_acts.
"""

from lake.journals.suggestions import CHANGED_SHARE

IDS = {
    "growth_actions": "s.action_id",
    "listing_suggestions": "left(md5(concat_ws(chr(31), s.release_id, s.kind, s.field, s.value)), 20)",
}
DETAILS = {
    "growth_actions": "cast(null as double)",
    "listing_suggestions": "case when s.kind = 'title_length' then s.weight end",
}
_TERRITORIES = {
    "growth_actions": "case s.kind when 'market' then s.target when 'buyer' then b.country end",
    "listing_suggestions": "cast(null as varchar)",
}
_BUYERS = {"growth_actions": "left join gold.dim_buyer b on s.kind = 'buyer' and b.buyer_id = s.target"}
_TEXTS = {"growth_actions": "s.next_step", "listing_suggestions": "s.field || ': ' || s.value"}


def standing(table: str) -> str:
    """The condition that keeps a row `s` of the table: nobody dealt with it, or it has changed since."""
    return f"""not exists (
      select 1 from gold.suggestion_acts a
      where a.suggestion_id = {IDS[table]} and a.rule_version = s.rule_version
        and abs(s.impact - a.impact) <= {CHANGED_SHARE} * a.impact and {DETAILS[table]} is not distinct from a.detail
    )"""


def suggestions_sql(table: str, *, has_acts: bool) -> str:
    """The suggestions of the table that stand, best first."""
    where = f"where {standing(table)}" if has_acts else ""
    return f"""
    select {IDS[table]} as suggestion_id, s.kind, s.release_id, r.label_id, {_TERRITORIES[table]} as territory,
      s.impact, {DETAILS[table]} as detail, s.rule_version, s.confidence, s.urgency, s.rank,
      {_TEXTS[table]} as next_step, s.reason
    from gold.{table} s left join gold.dim_release r on r.release_id = s.release_id {_BUYERS.get(table, "")}
    {where} order by s.rank
    """
