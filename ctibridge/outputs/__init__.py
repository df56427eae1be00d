"""One package for each consumer; they import the domain and never each other."""
