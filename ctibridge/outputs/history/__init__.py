"""What is kept on disk: where a restart goes on from; history and reports build on the same store.

It stores what it is given and knows no rule: nothing here decides what a fact means.
"""
