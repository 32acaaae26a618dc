"""Accepted documents on their way into Xero Files: an operation each.

plan_push(document, by)      once a document is accepted; says "skipped" on it where filing is switched off
push_again(document, by)     a person's Retry of one
push_all_again(by)           … of all that failed or were skipped; how many
waiting_to_be_filed()        how many accepted documents are not in Xero, for a page
"""

from app.sync.files.planning import plan_push, push_again, push_all_again, waiting_to_be_filed

__all__ = ["plan_push", "push_again", "push_all_again", "waiting_to_be_filed"]
