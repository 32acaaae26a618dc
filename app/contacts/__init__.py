"""The clients’ counterparts in Xero: importing contacts, keeping both sides in agreement, and what they disagree on."""
