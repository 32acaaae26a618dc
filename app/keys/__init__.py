"""Rotation of the master key: what is sealed where, and sealing it anew."""
