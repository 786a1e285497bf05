"""Sentiment and aspects of reviews.

What lives here: text (tokens, clauses), language (is it English), lexicon (words of praise and complaint, by hand),
sentiment (the lexicon's rule), learned (TF-IDF and logistic regression with stars as labels), transformer (a model in
ONNX from a folder), aspects (what a clause is
about), score (all of it for a frame of texts). What does not: where reviews come from, tables. To add a word, add it to
lexicon.txt; to add an aspect, add its terms to aspects.py and its name to the contract of review_sentiment.
"""
