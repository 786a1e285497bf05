"""Every object of a listing, although the list moves while it is read.

The Data Hub pages by offset. Objects that appear shift what follows to places that come again; objects that vanish
shift it the other way, past a page's edge. The listing is therefore sorted by id, which no edit changes, each page
begins some places before the last one ended, and it must *join*: its first id is one that was passed already. If it
is not, the list has shrunk beneath us, and the page before is asked again. A page that joins is one stretch of the
list as it is at that moment, so nothing between what was passed and its last id is missed. The end is believed only
when a page that joins brings nothing new. Whether an id repeats, within a page or across pages, makes no difference.

What may still escape is an object that comes into the list at an id already passed: one that was just changed, when the
listing asks for what has changed. Its modificationDate lies after the start of this reading, and the next reading looks
back beyond that (:mod:`resources.pim.pulling`).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from resources.pim.data_hub import DataHub, Node
from resources.pim.graphql import PimError

FIRST, OVERLAP = 100, 10


def every(
    hub: DataHub,
    classname: str,
    selection: str,
    where: Mapping[str, Any] | None = None,
    *,
    first: int = FIRST,
    overlap: int = OVERLAP,
) -> Iterator[Node]:
    """Each object of the class once, by ascending id; ``selection`` must name ``id``.

    Raises:
        PimError: the list is not sorted by id, or does not come to an end.
        resources.web.errors.WebError: no answer.
    """
    passed, after, pages, seen = -1, 0, 0, 0
    while True:
        page = hub.page(classname, selection, first, after, where)
        pages += 1
        # By what has come, not by the total that is told: that one may count what the key does not see.
        if pages > 50 + 10 * (seen // (first - overlap) + 1):
            raise PimError(f"get{classname}Listing", f"no end after {pages} pages of {page.total} objects")
        ids = [int(node["id"]) for node in page.nodes]
        if after and (not ids or ids[0] > passed):
            after = max(0, after - first)
            continue
        new = {id_: node for id_, node in zip(ids, page.nodes, strict=True) if id_ > passed}
        if list(new) != sorted(new):
            raise PimError(f"get{classname}Listing", "the answer is not sorted by id, although that was asked for")
        yield from new.values()
        seen += len(new)
        places = len(set(ids))
        if not new and after + places >= page.total:
            return
        passed = max([passed, *new])
        after += max(1, places - overlap)
