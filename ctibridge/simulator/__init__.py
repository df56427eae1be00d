"""A simulated PBX: queues, agents and callers that speak AMI over TCP as Asterisk 22 does.

It serves ``ctibridge demo`` and tests on machines without Asterisk.  It imports nothing else of ctibridge, so that a
misunderstanding of AMI cannot sit on both sides of the wire and cancel out.
"""
