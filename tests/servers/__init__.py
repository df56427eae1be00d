"""Real servers for tests: started on free ports with a configuration of their own, never the system's service."""
