"""Rivals in an environment of their own (`make rivals`): VADER, and the hierarchical Bayesian fit of elasticities.

Here live the programs that run there (`vader_process`, `elasticity_process`), how they are called (`environment`), and
what they are compared with (`sentiment_bench`, `elasticity_bench`). Nothing of the product imports their packages.

To add a rival: a program that reads a file and writes one, its package in requirements/rivals.in, and a bench.
"""
