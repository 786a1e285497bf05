"""The documentation site: the pages of ``docs/``, and a catalogue with a page per table, as sources for MkDocs.

``facts`` collects what is known of each table from contracts, dbt, the asset graph and one lake; ``picture`` draws its
lineage, ``catalogue`` writes the pages, ``pages`` brings those of ``docs/`` along. MkDocs itself runs in an environment
of its own (``make docs``). Nothing is loaded from elsewhere when the site is read.
"""
