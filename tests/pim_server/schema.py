"""The GraphQL schema as Pimcore's Data Hub generates it for our classes, over a store."""

from __future__ import annotations

from functools import partial
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    graphql_sync,
)

from tests.pim_server import assets
from tests.pim_server.store import Object, Store

FORECAST = (
    "\n".join(
        f"forecastUnits{days}dP50: Float forecastUnits{days}dP90: Float forecastRevenue{days}dP50: Float "
        f"forecastRisk{days}d: String forecastModel{days}d: String"
        for days in (30, 60, 90)
    )
    + " recommendedBuyers: String"
)
RELATIONS = {"artist": "Artist", "label": "Label", "release": "Release"}
CLASSES = {
    "Artist": "artistId: String name: String genre: String country: String",
    "Label": "labelId: String name: String country: String",
    "Release": "releaseId: String title: String genre: String format: String releaseDate: String listPrice: String "
    "releaseYear: Int marketingBudgetTier: String currency: String "
    f"artist: object_Release_artist label: object_Release_label {FORECAST}",
    "Track": "trackId: String title: String position: Int durationMs: Int bpm: Float musicalKey: String "
    "artist: object_Track_artist release: object_Track_release",
}
LISTED = (
    "ids: String, fullpaths: String, tags: String, defaultLanguage: String, first: Int, after: Int, "
    "sortBy: [String], sortOrder: [String], filter: String, published: Boolean"
)


def _definition() -> str:
    parts = [
        "union object_Release_artist = object_Artist",
        "union object_Release_label = object_Label",
        "union object_Track_artist = object_Artist",
        "union object_Track_release = object_Release",
        f"input UpdateReleaseInput {{ title: String {FORECAST} }}",
        "type UpdateReleaseResult { success: Boolean message: String output(defaultLanguage: String): object_Release }",
        assets.DEFINITION,
        f"type Mutations {{ {assets.MUTATIONS} updateRelease(id: Int, fullpath: String, defaultLanguage: String, "
        "omitVersionCreate: Boolean, input: UpdateReleaseInput): UpdateReleaseResult }",
        "schema { query: Query mutation: Mutations }",
    ]
    queries = [assets.QUERIES]
    for name, fields in CLASSES.items():
        parts.append(
            f"type object_{name} {{ id: ID classname: String fullpath: String creationDate: Int modificationDate: Int "
            f"published: Boolean {fields} }}"
            f"type {name}Edge {{ cursor: String node: object_{name} }}"
            f"type {name}Connection {{ edges: [{name}Edge] totalCount: Int }}"
        )
        queries.append(
            f"get{name}(id: Int, fullpath: String, defaultLanguage: String, version: Int): object_{name} "
            f"get{name}Listing({LISTED}): {name}Connection"
        )
    return "\n".join([*parts, f"type Query {{ {' '.join(queries)} }}"])


def _named(name: str, *_: Any) -> str:
    return name


def _is(classname: str, one: Object, _: Any) -> bool:
    return bool(one["classname"] == classname)


class Interface:
    """What a document sent to the endpoint is answered with."""

    def __init__(self, store: Store) -> None:
        self.store, self.assets = store, assets.Assets()
        self.schema: GraphQLSchema = build_schema(_definition())
        for name in CLASSES:
            kind = self.schema.get_type(f"object_{name}")
            assert isinstance(kind, GraphQLObjectType)
            kind.is_type_of = partial(_is, name)
            for relation, target in RELATIONS.items():
                union = self.schema.get_type(f"object_{name}_{relation}")
                if isinstance(union, GraphQLUnionType):
                    union.resolve_type = partial(_named, f"object_{target}")

    def answer(self, document: str, variables: dict[str, Any]) -> ExecutionResult:
        return graphql_sync(self.schema, document, self._root(), variable_values=variables)

    def _root(self) -> dict[str, Any]:
        """The resolvers by name; graphql-core calls each with the arguments of the field by theirs."""
        root: dict[str, Any] = {"updateRelease": lambda _, **given: self._update(given)}
        root |= self.assets.resolvers()
        for name in CLASSES:
            root[f"get{name}"] = lambda _, name=name, **given: self._one(name, given)
            root[f"get{name}Listing"] = lambda _, name=name, **given: self._listing(name, given)
        return root

    def _one(self, classname: str, given: dict[str, Any]) -> Object:
        for one in self.store.list(classname, ids=str(given.get("id")), published=False):
            return self._linked(one)
        raise GraphQLError(f"object with id:'{given.get('id')}' not found")

    def _listing(self, classname: str, given: dict[str, Any]) -> dict[str, Any]:
        published = given.get("published") is not False
        found = self.store.list(classname, given.get("ids"), given.get("filter"), given.get("sortBy"), published)
        first, start = given.get("first"), given.get("after") or 0
        page = found[start : None if first is None else start + first]
        edges = [{"cursor": f"object-{one['id']}", "node": self._linked(one)} for one in page]
        return {"edges": edges, "totalCount": len(found)}

    def _update(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["id"] not in self.store.objects:
            return {"success": False, "message": "object not found"}
        saved = self.store.update(given["id"], given["input"])
        return {"success": True, "message": f"object updated: {given['id']}", "output": saved}

    def _linked(self, one: Object) -> Object:
        links = {name: self.store.objects.get(one[name]) for name in RELATIONS if isinstance(one.get(name), int)}
        return one | links
