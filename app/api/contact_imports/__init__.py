"""Imports of contacts, over the JSON API."""
