"""Sales invoices: drafted from requests or by hand, sent to Xero, and what became of them there."""
