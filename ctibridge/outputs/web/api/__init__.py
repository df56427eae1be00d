"""``/api/v1``: the present and the past as JSON, described by the same structs and the same table that answer.

Nothing here changes anything, reads a clock or opens a file; ``app`` hands in what is asked.
"""
