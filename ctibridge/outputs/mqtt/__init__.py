"""States and events on an MQTT broker: one connection for each broker and PBX, since a last will is one topic's.

``announcer`` turns numbered changes into messages, ``mirror`` and ``spool`` hold what is to be sent, ``publisher``
sends it.  Nothing here decides what a change means; that is the domain's.
"""
