"""What the description says in words of its own."""

from app import audiences

INTRODUCTION = """\
What programs of an accounting practice use. Sign in for a bearer token; each call then works in one practice, the one
of that sign-in, and sees nothing of any other: what belongs to another practice answers 404, as what does not exist.
The API is for the practice's staff; people of its clients use the portal, and are answered 404 here.

Ids are UUIDs, dates are written `2026-11-30`, instants `2026-11-30T09:00:00Z`, and money is text such as `"350.00"`,
in the practice's currency and without tax unless its field says otherwise. Lists come a page at a time: send
`next_cursor` back as `cursor`.

Unknown fields and parameters are refused. Every error has one shape, `Error`, with a sentence that says what happened
and what to do; `fields` names each value that was wrong.

What changes something takes an `Idempotency-Key`, a text of your own such as a UUID: when an answer is lost, send the
call again with the same key, and it is carried out once. The key is yours in this practice and counts for 24 hours;
the same key with another call is refused. Refused calls are not remembered: mend them and send them again.

A sign-in may make a number of calls a minute. `RateLimit-Limit`, `RateLimit-Remaining` and `RateLimit-Reset` tell how
many, how many are left and in how many seconds it starts afresh; beyond it the answer is 429 with `Retry-After`."""
TAGS = (
    "Sign-in",
    "Service requests",
    "Clients",
    "Contacts",
    "Documents",
    "Invoices",
    "Services",
    "People and offices",
    "Xero",
    "This description",
)
"""The order in which they are shown; one that is not here comes last."""
AUDIENCE_WORDS = {
    audiences.PUBLIC: "anyone",
    audiences.SIGNED_IN: "anyone signed in",
    audiences.ADMIN: "admins",
    audiences.STAFF: "admins and accountants",
    audiences.CLIENT: "people of a client",
    audiences.SUPER: "super admins",
}
SENTENCES = {
    400: "The request cannot be understood.",
    401: "No token, or one that has expired or was ended. Sign in again.",
    403: "Your role does not allow it, the practice is suspended, or you entered it to read only.",
    404: "Not there, or not yours to see.",
    409: "It does not fit the state that the thing is in, or no practice was chosen.",
    413: "The body is too large.",
    415: "The body was not sent as application/json.",
    422: "A value is wrong: `fields` says which, and how to mend it.",
    429: "Too many calls, or too many tries to sign in. Wait as long as the answer says.",
    502: "Xero did not answer as it should. Nothing was half done.",
}
