"""The HTTP API under `/v1`: FastAPI over `serving/queries`, with API keys, rate limits and problem documents.

`app` puts it together; `services` is what requests share; `access` finds out who asks and what they may do; `guard`
limits bodies and sets headers; `problems` are the errors (RFC 9457). One module per subject lies in `routes/`.
"""
