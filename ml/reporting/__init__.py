"""The forecast's page: one HTML file that needs no network, for planners who are no statisticians.

What lives here: scales (axes with round numbers), charts (SVG), coverage (how often the ranges held), page (`render`)
and its template. What does not: reading tables, and any figure that is not for this page alone.
"""
