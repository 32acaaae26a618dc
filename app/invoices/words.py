"""Words of invoices for pages."""

STATUS_OPTIONS = [
    ("", "Any status"),
    ("new", "Not sent"),
    ("to_send", "Being sent"),
    ("stuck", "Waiting or refused"),
    ("draft", "Draft in Xero"),
    ("submitted", "Awaiting approval"),
    ("owed", "To be paid"),
    ("unpaid", "Awaiting payment"),
    ("part_paid", "Part paid"),
    ("overdue", "Overdue"),
    ("paid", "Paid"),
    ("ended", "Voided, deleted or discarded"),
]
HIDDEN_OPTIONS = [("blocked", "Waiting"), ("refused", "Refused"), ("counted", "Approved or paid")]
"""Values that other pages lead to, for the chip that takes them away."""
DUE_OPTIONS = [("", "Any due date"), ("late", "Overdue"), ("week", "Within a week")]
SENT_AS = {
    "DRAFT": "a draft",
    "SUBMITTED": "an invoice that waits for approval",
    "AUTHORISED": "an approved invoice",
}
"""What it becomes in Xero by the practice's setting."""
CHANGES = {
    "update": "Its new contents are on their way to Xero.",
    "submit": "It is being submitted for approval in Xero.",
    "authorise": "It is being approved in Xero.",
    "void": "It is being voided in Xero.",
    "delete": "It is being deleted in Xero.",
}
ACTS = {
    "invoice.drafted": ("neutral", "Drafted"),
    "invoice.rewritten": ("neutral", "Changed"),
    "invoice.sent": ("progress", "Sent to Xero"),
    "invoice.taken_back": ("neutral", "Taken back before it was sent"),
    "invoice.discarded": ("muted", "Discarded"),
    "invoice.submit": ("info", "Submitted for approval"),
    "invoice.authorise": ("info", "Approved"),
    "invoice.void": ("muted", "Voided"),
    "invoice.delete": ("muted", "Deleted"),
}
"""What people did with it, as its history says: kind of mark, words."""
BILL_OPTIONS = {
    "price": "The price of each request",
    "time": "The time recorded in Xero",
    "both": "Price and time",
}
