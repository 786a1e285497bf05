"""The plan: what to order of each release, from its forecast, its stock, and what people overrode and were worth."""
