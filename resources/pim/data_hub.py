"""Pimcore's Data Hub: listings, objects and updates in the words of its GraphQL schema.

Each class has `get<Class>Listing(ids, first, after, sortBy, sortOrder, filter, published)` with `edges { node }` and
`totalCount`, where `after` is an offset and `published: false` means the unpublished too, and
`update<Class>(id, input) { success message output }`. Files are read by `getAsset(fullpath)` and made by
`createAsset(filename, path, type, input: {data})` with the bytes as base64; `createAssetFolder(filename, path)` makes
their folders. The key goes with each request as `X-API-Key`. A faulty request comes back as 200 with `errors`; a change
that was refused as `success: false`.
(Pimcore Data Hub documentation, GraphQL: DataObject queries, filtering, mutations, security.)
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lake.journals.writebacks import PimValue
from resources.pim.graphql import GraphQL, PimError

Node = dict[str, Any]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LISTING = """query Listing(
  $ids: String, $first: Int, $after: Int, $filter: String, $sort: [String], $order: [String]
) {
  list: get%sListing(ids: $ids, first: $first, after: $after, filter: $filter, sortBy: $sort, sortOrder: $order,
    published: false) { totalCount edges { node { %s } } }
}"""


@dataclass(frozen=True)
class Page:
    """Some nodes of a listing, and how many the whole of it has."""

    nodes: list[Node]
    total: int


class DataHub:
    """The classes of a Data Hub endpoint."""

    def __init__(self, graphql: GraphQL) -> None:
        self._graphql = graphql
        self.url = graphql.url

    def __enter__(self) -> "DataHub":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the next request opens others."""
        self._graphql.close()

    @property
    def server_time(self) -> int | None:
        """The PIM's own clock at its last answer, unix seconds; None when it has not answered."""
        return self._graphql.server_time

    def page(self, classname: str, selection: str, first: int, after: int, where: Mapping[str, Any] | None) -> Page:
        """The objects from place ``after`` on, at most ``first``, in the order of their ids.

        Args:
            classname: the class, ``Release``.
            selection: the fields of a node, as GraphQL.
            first: how many.
            after: how many to pass over.
            where: a filter as Pimcore understands it; None for every object.
        """
        paging = {"first": first, "after": after, "filter": json.dumps(where) if where else None}
        return self._list(classname, selection, {**paging, "sort": ["id"], "order": ["ASC"]})

    def by_ids(self, classname: str, selection: str, ids: Sequence[int]) -> list[Node]:
        """The objects of these ids that exist."""
        listed = {"ids": ",".join(str(one) for one in ids), "first": len(ids) + 1, "after": 0}
        return self._list(classname, selection, listed).nodes

    def by_values(self, classname: str, selection: str, field: str, values: Sequence[str]) -> list[Node]:
        """The objects that have one of the values in a field; a value may stand in several."""
        where = json.dumps({"$or": [{field: value} for value in values]})
        found = self._list(classname, selection, {"filter": where, "first": 2 * len(values) + 50, "after": 0})
        return found.nodes

    def update(self, classname: str, id_: int, fields: Mapping[str, PimValue]) -> Node:
        """Write the fields of one object, in one request; the fields and the modificationDate as they stand then.

        Raises:
            PimError: it was refused, or the answer is faulty and nobody knows.
            resources.web.errors.UncertainError: it was sent and not answered.
        """
        names = " ".join(_name(name) for name in fields)
        given = ", ".join(f"{_name(name)}: {_literal(value)}" for name, value in fields.items())
        what = f"update{_name(classname)} {id_}"
        document = (
            f"mutation {{ done: update{classname}(id: {int(id_)}, input: {{{given}}}) "
            f"{{ success message output {{ id modificationDate {names} }} }} }}"
        )
        done = self._done(what, document, {})
        output: Node = done["output"] if isinstance(done.get("output"), dict) else {}
        if not fields.keys() <= output.keys() or not isinstance(output.get("modificationDate"), int):
            raise PimError(what, "said to be done, without what stands now")
        return output

    def asset(self, fullpath: str) -> Node | None:
        """The file at a path, with `id`, `fullpath` and `filesize`; None where there is none."""
        return self._at("getAsset", "id fullpath filesize", fullpath)

    def asset_folder(self, fullpath: str) -> Node | None:
        """The folder of files at a path; None where there is none."""
        return self._at("getAssetFolder", "id fullpath", fullpath)

    def create_asset(self, folder: str, filename: str, kind: str, data: str) -> None:
        """Upload a file, base64 as it is sent.

        Raises:
            PimError: it was refused, or the answer is faulty and nobody knows.
            resources.web.errors.UncertainError: it was sent and not answered.
        """
        document = """mutation Upload($filename: String!, $path: String, $type: String!, $data: String) {
  done: createAsset(filename: $filename, path: $path, type: $type, input: {data: $data}) {
    success message
  }
}"""
        given = {"filename": filename, "path": folder, "type": kind, "data": data}
        self._done(f"createAsset {folder}/{filename}", document, given)

    def create_asset_folder(self, parent: str, name: str) -> None:
        """Make a folder of files.

        Raises:
            PimError: it was refused, or the answer is faulty and nobody knows.
            resources.web.errors.UncertainError: it was sent and not answered.
        """
        document = """mutation Folder($filename: String!, $path: String) {
  done: createAssetFolder(filename: $filename, path: $path) { success message }
}"""
        self._done(f"createAssetFolder {parent}/{name}", document, {"filename": name, "path": parent})

    def _at(self, getter: str, selection: str, fullpath: str) -> Node | None:
        document = f"query At($path: String) {{ found: {getter}(fullpath: $path) {{ {selection} }} }}"
        found = self._graphql.query(f"{getter} {fullpath}", document, {"path": fullpath}).get("found")
        if found is not None and not (isinstance(found, dict) and str(found.get("id")).isdecimal()):
            raise PimError(f"{getter} {fullpath}", "the answer has no number that is its id")
        return found

    def _done(self, what: str, document: str, variables: Mapping[str, Any]) -> Node:
        """The answer to a change that was made."""
        done = self._graphql.mutate(what, document, variables).get("done")
        if not isinstance(done, dict) or done.get("success") is not True:
            said = done.get("message") if isinstance(done, dict) else None
            raise PimError(what, f"refused: {said or 'no reason given'}")
        return done

    def _list(self, classname: str, selection: str, variables: Mapping[str, Any]) -> Page:
        what = f"get{classname}Listing"
        found = self._graphql.query(what, _LISTING % (_name(classname), selection), variables).get("list")
        if not isinstance(found, dict) or not isinstance(found.get("edges"), list):
            raise PimError(what, "the answer has no edges")
        nodes = [edge["node"] for edge in found["edges"] if isinstance(edge, dict) and edge.get("node")]
        if not all(isinstance(node, dict) and str(node.get("id")).isdecimal() for node in nodes):
            raise PimError(what, "the answer has an object without the number that is its id")
        total = found.get("totalCount")
        return Page(nodes, total if isinstance(total, int) else len(nodes))


def _name(name: str) -> str:
    """A name that may stand in a GraphQL document."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a class or field in Pimcore: letters, digits and _ only")
    return name


def _literal(value: PimValue) -> str:
    """A value as it stands in a GraphQL document."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
