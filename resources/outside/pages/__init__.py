"""Shops' pages: prices, ratings and reviews that a page states for machines, in schema.org's words.

`source` is the source; `robots` says which pages may be read and how fast; `structured` reads JSON-LD and microdata out
of HTML; `products` finds the product meant and what is said of it; `amounts` understands prices as people write them.
Nothing is guessed from the layout of a page.
"""
