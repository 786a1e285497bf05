"""A planner without a model: common questions in English and German.

Each word of a question must be understood: as part of a name of the catalogue (`names`), a period (`periods`), a
metric, grouping or tool (`vocabulary`), or as a word without meaning of its own. One word that is not ends in a refusal
that names it. So nothing that was asked is left out in silence: "revenue without jazz" is refused for "without".
"""
