"""Service requests, for programs."""
