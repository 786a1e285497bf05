"""The reports that there are: name, title, and the function that makes the PDF of what a reader sees."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from serving.copilot.wording import Language
from serving.exports.buyer_sheet import buyer_sheet
from serving.exports.narrative import narrative_report
from serving.exports.royalties import royalty_statement
from serving.exports.stock_risk import order_list, stock_risk
from serving.exports.weekly import weekly_report
from serving.queries.reader import Reader


@dataclass(frozen=True)
class Details:
    """What some reports want to know.

    Attributes:
        buyer_id: whose sheet.
        month: of a royalty statement; default: the newest whole one.
        language: of the week in words.
    """

    buyer_id: str | None = None
    month: dt.date | None = None
    language: Language = "en"


@dataclass(frozen=True)
class Template:
    """A report that is made of a published state.

    Attributes:
        title: what people call it.
        render: makes the PDF; raises NothingToReportError where there is nothing.
        wants: `buyer_id` or `month` where it wants one.
    """

    title: str
    render: Callable[[Reader, Details], bytes]
    wants: str = ""


TEMPLATES: Mapping[str, Template] = {
    "weekly-sales": Template("Weekly sales", lambda reader, _: weekly_report(reader)),
    "weekly-words": Template("The week in words", lambda reader, more: narrative_report(reader, more.language)),
    "order-list": Template("Forecast and order list", lambda reader, _: order_list(reader)),
    "stock-risk": Template("Stock risk", lambda reader, _: stock_risk(reader)),
    "buyer-sheet": Template("Buyer sheet", lambda reader, more: buyer_sheet(reader, more.buyer_id), "buyer_id"),
    "royalty-statement": Template(
        "Royalty statement", lambda reader, more: royalty_statement(reader, more.month), "month"
    ),
}
