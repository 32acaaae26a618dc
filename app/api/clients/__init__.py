"""Clients of the practice, for programs."""
