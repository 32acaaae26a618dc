"""A second small program that plays Xero over HTTP, for first starts, demonstrations and tests.

It imports nothing of ``app/`` and holds no state outside the :class:`simulator.core.Simulator` of one
application.
"""

from simulator.application import create_app

__all__ = ["create_app"]
