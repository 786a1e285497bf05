"""How likely a buyer orders within some days, from the rows up to a cut.

`histories` counts what each buyer did by an origin, `bgnbd` is the BG/NBD model, `models` holds the candidates, and
`score` trains them on earlier origins, takes the best on the newest of those, and scores the buyers at the cut.
"""
