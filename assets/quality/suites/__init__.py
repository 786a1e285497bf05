"""Suites of business sense, one file each. A new one is a file here and a line in :data:`SUITES`."""

from assets.quality.suites.buyers import BUYERS
from assets.quality.suites.catalogue import CATALOGUE
from assets.quality.suites.forecasts import FORECASTS
from assets.quality.suites.sales import SALES
from assets.quality.suites.sales_months import SALES_MONTHS
from assets.quality.suites.stock import STOCK

SUITES = (SALES, SALES_MONTHS, CATALOGUE, BUYERS, STOCK, FORECASTS)
