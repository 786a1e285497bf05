"""A Pimcore that answers GraphQL with the schema that its Data Hub generates, and misbehaves when told.

`schema` is the GraphQL, executed by graphql-core; `store` holds the objects and counts every write; `server` answers
over HTTP and commits the faults. It stands in for the one thing that cannot be here.
"""
