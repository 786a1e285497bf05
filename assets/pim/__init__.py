"""The PIM as a source: what is read of each class follows from the contracts of the silver tables that it feeds.

Like the outside sources it has a job and a schedule of its own and is no part of the main job: a PIM that is down must
not hold up what is there. What it lands, the landing sensor sees.
"""
