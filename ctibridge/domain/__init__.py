"""The meaning of what a switch reports: pure facts, states and figures.

Nothing here reads a clock, does I/O or writes a log: time comes in as ``now``, facts come in as events, changes go out
as return values.
"""
