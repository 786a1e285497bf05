"""One recommender per module: EASE, implicit ALS, item neighbours, popularity.

Each is fitted on a sparse matrix of users and items, scores rows of such a matrix, and says what each item of a row
contributed to a score. None knows files, time or what a user has already seen.
"""
