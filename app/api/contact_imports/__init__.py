"""Imports of contacts, for programs."""
