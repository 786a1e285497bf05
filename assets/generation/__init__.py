"""Generated stems, texts and pictures as tables, and the step that works on requests.

A Dagster partition is a request; one run takes many. What is asked, made and decided is `resources.generation`; the
record is the journal of `lake.journals.generation`.
"""
