"""Our primitives beside the best of their peers, in one process run: ``make bench``.

A *contest* is one job on one input with several *entrants*, ours first; each topic is a
module whose `contests` lists its own. To add a row, write one function that does the job with
another library and name it as an entrant of the contest.
"""
