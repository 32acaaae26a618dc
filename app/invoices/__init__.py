"""Invoices: written, checked, sent, and seen through until they are paid."""
