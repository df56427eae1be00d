"""What people ask of the bridge: decoded, permitted, done once, answered after it was seen, and written down."""
