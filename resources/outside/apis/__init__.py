"""Documented interfaces of social networks and marketplaces, all through one typed client.

`client` asks: it logs in and renews its token (`login`), turns pages, keeps quotas, and parses each answer into the
shape that a source declares (`shapes`). `subjects` says what of ours an item is about, `offers` what becomes of prices
and of offers that are gone. A source is a module of its own with its shapes, addresses and what each answer means:
`spotify`, `youtube`, `reddit`, `x`, `trends` (family social), `amazon`, `ebay`, `walmart` (family marketplaces). To add
one, write such a module, name it in `resources.outside.kinds`, describe it in the how-to page and test it against a
server that answers as documented and misbehaves.
"""
