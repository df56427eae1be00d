"""A real-time bridge between Asterisk and everything that a call centre looks at."""

__version__ = "0.1.0"
