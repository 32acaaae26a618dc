"""One creating call: the invoices in it are marked with its name and committed before it leaves, and what became of
each is written with its step's result."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy import update

from app.extensions import db
from app.models import Invoice, database_now
from app.models.base import Json
from app.sync.batches import one_by_one
from app.sync.invoices import kept, lost
from app.sync.run import Run
from app.xero.accounting.api import AccountingApi
from app.xero.accounting.calls import Outcome
from app.xero.accounting.invoice_shapes import Invoice as Told
from app.xero.accounting.invoice_shapes import InvoiceFields
from app.xero.errors import Again, XeroError


class Call:
    """`refused`: our id → what Xero said against it, once it was made."""

    def __init__(self, run: Run, accounting: AccountingApi, fields: Mapping[UUID, InvoiceFields]) -> None:
        self.name = f"send invoices {uuid4().hex[:12]}"
        self.refused: dict[UUID, str] = {}
        self._made: dict[UUID, Told] = {}
        self._run, self._accounting, self._fields = run, accounting, fields
        self._answered = False

    def make(self, counts: Counter[str]) -> None:
        """Up to fifty (committed). Raises XeroError: what may stand in Xero then is `lost.look_for_lost`'s."""
        self._mark(self.name)
        try:
            # A new step under a new name each time: one that is found begun is read back, never sent.
            self._run.step(self.name, self._send, lambda: None, lambda _result: self._keep(counts))
        except XeroError as error:
            maybe_done = isinstance(error, Again) and error.maybe_done
            if not maybe_done and not self._answered:
                # Nothing of it was carried out, a limit perhaps: people may change these again while they wait.
                self._mark(None)
                self._run.save()
            raise

    def _send(self, key: str) -> Json:
        outcomes = one_by_one(self._create, list(self._fields.values()), key)
        for invoice_id, outcome in zip(self._fields, outcomes, strict=True):
            if outcome.record is not None:
                self._made[invoice_id] = outcome.record
            else:
                self.refused[invoice_id] = " ".join(outcome.errors)
        return lost.made_and_refused(self._made, self.refused)

    def _create(self, batch: Sequence[InvoiceFields], key: str) -> list[Outcome[Told]]:
        outcomes = self._accounting.create_invoices(batch, key)
        self._answered = True
        return outcomes

    def _keep(self, counts: Counter[str]) -> None:
        kept.keep(self.name, self._made, self.refused, counts)

    def _mark(self, name: str | None) -> None:
        db.session.execute(
            update(Invoice)
            .where(Invoice.id.in_(list(self._fields)))
            .values(batch=name, batch_sent_at=database_now() if name else None)
            .execution_options(synchronize_session=False)
        )
