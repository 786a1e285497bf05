"""Dataloaders: what a request asks for many releases is asked of the lake once."""

from collections import defaultdict
from collections.abc import Sequence

from strawberry.dataloader import DataLoader

from serving.queries.reader import Reader
from serving.queries.records import BuyerRow, SalesDay

DAYS = 180
TOP_BUYERS = 10


class Loaders:
    """The loaders of one request, over the reader that the request keeps."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.sales: DataLoader[str, list[SalesDay]] = DataLoader(load_fn=self._sales)
        self.buyers: DataLoader[str, list[BuyerRow]] = DataLoader(load_fn=self._buyers)
        self.questions = 0

    async def _sales(self, releases: Sequence[str]) -> list[list[SalesDay]]:
        from serving.queries.sales import sales_of_releases

        self.questions += 1
        found = defaultdict(list, sales_of_releases(self._reader, list(releases), DAYS))
        return [found[one] for one in releases]

    async def _buyers(self, releases: Sequence[str]) -> list[list[BuyerRow]]:
        from serving.queries.buyers import buyers_of_releases

        self.questions += 1
        found = defaultdict(list, buyers_of_releases(self._reader, list(releases), TOP_BUYERS))
        return [found[one] for one in releases]
