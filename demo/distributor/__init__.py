"""The simulated music distributor: landing files whose truth is known.

Everything follows from the options. What a day brings is drawn from (seed, day), who buys and what is sold from
(seed, year), so more days never change earlier ones. Days inside `history_days`, which is fixed at the first landing,
stand in one file per month, stream and table, named for their last day; each later day has files of its own.

`options` says what can be asked, `world` who is there, `demand` how much sells, `orders` what a day brings, `changes`
what becomes of it in the ERP, `faults` what goes wrong on the way, `catalogue` and `signals` the other streams,
`campaigns` what is planned ahead, `price_list` what the list of prices says when, `currencies` who pays in what,
`money` the price list and the rates of exchange as they land, `stock` the warehouses' books, `truth` what is kept
beside the lake for tests. No figure measured on it says how good a model is.

`LAKE/truth/` holds: world.json (seasonality), releases.parquet (decay, elasticity, prices, promotions, pre-orders),
buyers.parquet (tastes), anomalies.jsonl, stock_outs.jsonl (when a warehouse is empty, and never else), planted.jsonl
(each planted line, its file and place, and what must become of it) and
order_lines/*.parquet (the rows that must stand at the end, in files by the days they were born on).
"""
