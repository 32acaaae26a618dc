"""Contacts of Xero and clients of ours: found, matched, imported, and kept in agreement."""
