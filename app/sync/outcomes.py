"""How a run of an operation may end when it does not end well. Raised by the kinds, read by the runner."""

from app.models import Operation


class LeaseLost(Exception):  # noqa: N818  nothing went wrong with the work: it is somebody else's now
    """Another worker has taken the operation over; this run must not write anything more."""


class Blocked(Exception):  # noqa: N818  it waits, it has not failed
    """The operation waits for something a person must mend: a cause, shared by all that it blocks."""

    def __init__(self, kind: str, subject: str, sentence: str) -> None:
        super().__init__(sentence)
        self.kind, self.subject, self.sentence = kind, subject, sentence


class Needless(Exception):  # noqa: N818
    """What was wished for is no longer wanted; the operation is cancelled with this sentence."""


class NotYet(Exception):  # noqa: N818
    """An answer was lost a moment ago: Xero may still be carrying the call out. Look again after `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"look again in {seconds:.1f} s")
        self.seconds = seconds


def describe(operation: Operation) -> str:
    """The operation for the program's own log: ids and kind, nothing of a client."""
    return f"{operation.kind} {operation.id} of company {operation.company_id}"
