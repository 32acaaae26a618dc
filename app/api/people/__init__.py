"""Everybody with a place in the practice, and invitations, for programs."""
