"""Suites of expectations: evaluated by Great Expectations (`make quality`), shown as pages in the lake's reports.

A new suite is a file in ``assets/quality/suites``; what a suite is stands in ``lake.quality.suites``. Nothing here
calls home: contexts are ephemeral, and the pages are our own, because those of Great Expectations load their style
and scripts from the web.
"""
