"""A Pimcore that answers GraphQL with the schema that its Data Hub generates, and misbehaves when told.

`schema` is the GraphQL, executed by graphql-core; `store` holds the objects and counts every write, `assets` the
files; `server` answers over HTTP and commits the faults; `client` asks it. It stands in for the one thing that cannot
be here.
"""
