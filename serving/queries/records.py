"""What the queries answer, as typed records: the same in REST, GraphQL and on the dashboard."""

import datetime as dt
from decimal import Decimal

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A row that leaves the platform."""

    model_config = ConfigDict(frozen=True)


class ReleaseRow(Record):
    """One release of the catalogue with its key figures."""

    release_id: str
    title: str | None = None
    artist_id: str | None = None
    artist_name: str | None = None
    label_id: str | None = None
    label_name: str | None = None
    genre: str | None = None
    format: str | None = None
    release_date: dt.date | None = None
    list_price: Decimal | None = None
    currency: str | None = None
    is_published: bool | None = None
    units_last_30: int = 0
    units_p50_30: float | None = None
    units_p90_30: float | None = None
    risk_level: str | None = None
    available: int | None = None
    days_of_cover: float | None = None
    stock_out_risk: str | None = None


class Range(Record):
    """A forecast quantity: its mean, and the values it stays below with 10, 50 and 90 percent probability."""

    mean: float
    p10: float
    p50: float
    p90: float


class HorizonForecast(Record):
    """What sells over one horizon."""

    horizon_days: int
    starts_on: dt.date | None = None
    units: Range
    revenue: Range
    model: str
    override_units: float | None = None
    override_by: str | None = None


class Reason(Record):
    """One reason of a forecast, in units that it adds or takes."""

    horizon_days: int
    rank: int
    units: float
    text: str


class RecommendedBuyer(Record):
    """A buyer to offer a release to."""

    buyer_id: str
    company_name: str | None = None
    propensity_score: float | None = None
    reason: str | None = None


class Forecast(Record):
    """A prediction as it leaves the platform."""

    prediction_id: str
    timestamp: dt.datetime
    product_id: str
    origin: dt.date
    model_version: str
    currency: str | None
    risk_level: str
    horizons: list[HorizonForecast]
    reasons: list[Reason] = []
    recommended_buyers: list[RecommendedBuyer] = []


class StockRow(Record):
    """Stock of one release and how long it lasts."""

    release_id: str
    title: str | None = None
    as_of_date: dt.date
    on_hand: int
    reserved: int
    available: int
    incoming: int
    units_per_day: float | None = None
    expected_units_30d: float | None = None
    days_of_cover: float | None = None
    stock_out_risk: str | None = None


class SalesDay(Record):
    """Units and revenue of one day, or of one month by its first day."""

    day: dt.date
    net_units: int
    gross_units: int
    net_revenue: Decimal


class ReleaseDetail(Record):
    """One release with everything known about it."""

    release: ReleaseRow
    forecast: Forecast | None = None
    stock: StockRow | None = None


class BuyerRow(Record):
    """One buyer with the key figures of its orders."""

    buyer_id: str
    company_name: str | None = None
    kind: str | None = None
    country: str | None = None
    net_units: int = 0
    revenue: Decimal = Decimal(0)
    orders: int = 0
    last_order: dt.date | None = None
    rfm_score: str | None = None
    segment: str | None = None


class ModelScore(Record):
    """How good one model was over its backtest, beside the mean of the last 28 days."""

    target: str
    horizon_days: int
    model: str
    serves: bool
    wape: float | None
    bias: float | None
    pinball: float | None
    skill: float | None
    coverage_p90: float | None


class Override(Record):
    """A person's own figure beside a forecast."""

    override_id: str
    release_id: str
    horizon_days: int
    units: float
    from_origin: dt.date
    until: dt.date
    made_by: str
    why: str
    made_at: dt.datetime
    withdrawn_at: dt.datetime | None = None


class Likeness(Record):
    """A track that sounds like another one."""

    track_id: str
    title: str | None
    release_id: str | None
    release_title: str | None
    artist_name: str | None
    likeness: float
    sounds_like: str
