"""The composition root: the only place where wire, domain and outputs meet, and where clocks are read."""
