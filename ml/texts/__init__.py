"""Marketing texts that are true: facts of a release, texts by templates, a prompt for a model, and the fact checker.

Pure: facts and texts in, texts and findings out. Not here: the client of the language model
(`resources.language_model`) and who approves. To add a language: its template in `templates`, its words in `words`.
"""
