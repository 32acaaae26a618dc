"""Webhooks: events about contacts and invoices, signed and posted to the app, with intent to receive and
retries.
"""
