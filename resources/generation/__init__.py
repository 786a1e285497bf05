"""Generated assets as an installation has them: requests, the workers that make drafts, and what people decide.

`tables` writes what the journal says as tables, `requests` asks, `working` makes drafts of what was asked, with a
maker per kind (`stems`, `texts`, `pictures`), `deciding` approves and rejects, `publishing` brings what is approved to
the PIM. No algorithm stands here: plans, sounds and their
measures are :mod:`audio.generation`, texts and their facts :mod:`ml.texts`, states :mod:`lake.journals.generation`.
To add a kind of asset, write its maker and name it in `installation`.
"""
