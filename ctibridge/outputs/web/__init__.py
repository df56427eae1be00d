"""What a browser or a probe asks for over HTTP; it decides nothing and is given everything by ``app``."""
