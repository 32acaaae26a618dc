"""Usage: what of Xero's limits a practice has used, what is left, and what the waiting work needs."""
