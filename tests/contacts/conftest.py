"""Imports in a practice whose organisation is the simulator's."""

from tests.sync.contacts.conftest import pair

__all__ = ["pair"]
