"""GraphQL at `/v1/graphql`, over the same queries and records as REST.

`schema` declares the types and the query; `loaders` gather what one request asks of many releases; `router` joins it to
the application and limits what a query may ask for; `subscriptions` follows publications and alerts.
"""
