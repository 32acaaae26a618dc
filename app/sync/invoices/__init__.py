"""Invoices into Xero, and what becomes of them there back from it."""
