"""Xero's own Python SDK, an independent client, does with the simulator all that the product does with Xero."""
