"""A simulated PBX: queues, agents and callers that speak AMI over TCP as Asterisk 22 does.

It serves ``ctibridge demo`` and tests on machines without Asterisk.  It imports nothing else of ctibridge, so that a
misunderstanding of AMI cannot sit on both sides of the wire and cancel out; what it says is held to recordings instead.

``script`` has the form of stories and plans, ``demo_centre`` a plan without end, ``pbx`` plays in simulated time,
``server`` in real time.

Not simulated: transfers, hold and parking, announcements and music, key tones, security and test events, the variables
of RTP and bridges, the far half (``;2``) of Local channels, permissions of manager.conf, and members of queues.conf.
"""
