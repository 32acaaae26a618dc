"""The rows an import writes: clients, mappings, tags, ignored contacts; many in one statement each."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert

from app.companies import locked_company
from app.extensions import db
from app.models import (
    Cause,
    Client,
    ClientTag,
    ContactImport,
    ContactMapping,
    IgnoredContact,
    Tag,
    now,
)
from app.sync import causes
from app.sync.contacts.bulk import insert_rows, update_rows
from app.sync.contacts.fields import ADDRESS, FIELDS, Values, of_client
from app.sync.contacts.matching import STRENGTHS
from app.sync.names import is_company_name
from app.tenancy import current_company_id

Result = dict[str, Any]
_KIND_WORDS = {
    "trust": "trust",
    "super fund": "super_fund",
    "superannuation": "super_fund",
    "smsf": "super_fund",
}


class Writer:
    """Writes for one import; gives back what to set on its rows (nothing is committed)."""

    def __init__(self, contact_import: ContactImport) -> None:
        self._import = contact_import
        self.at = now()

    def imported(self, rows: Sequence[Row[Any]]) -> list[Result]:
        """New clients of these contacts."""
        if not rows:
            return []
        numbers = _numbers(len(rows))
        ids = [uuid4() for _ in rows]
        insert_rows(
            Client,
            [self._client(row, id_, number) for row, id_, number in zip(rows, ids, numbers, strict=True)],
        )
        everything = [{field.name: row.details.get(field.name, "") for field in FIELDS} for row in rows]
        mappings = self._map(rows, ids, everything)
        tags = self._tag(rows, ids)
        return [
            _result(
                row.id,
                "imported",
                client_id=id_,
                client_name=row.name,
                mapping_id=mapping_id,
                client_at=self.at,
                before={"tags": tags.get(id_, [])},
            )
            for row, id_, mapping_id in zip(rows, ids, mappings, strict=True)
        ]

    def matched(self, rows: Sequence[Row[Any]], clients: Mapping[UUID, Client]) -> list[Result]:
        """Contacts of clients there are: our empty fields are filled, what people typed stays."""
        if not rows:
            return []
        ours = [of_client(clients[row.client_id]) for row in rows]
        filled = [_filled(mine, row.details) for mine, row in zip(ours, rows, strict=True)]
        update_rows(
            Client,
            [
                {
                    "id": row.client_id,
                    **{field.name: {**mine, **new}.get(field.name) or None for field in FIELDS},
                    "updated_at": self.at,
                }
                for row, mine, new in zip(rows, ours, filled, strict=True)
                if new
            ],
        )
        equal = [
            {name: value for name, value in {**mine, **new}.items() if value == row.details.get(name, "")}
            for row, mine, new in zip(rows, ours, filled, strict=True)
        ]
        ids = [row.client_id for row in rows]
        mappings = self._map(rows, ids, equal)
        tags = self._tag(rows, ids)
        _release(ids)
        return [
            _result(
                row.id,
                "matched",
                client_id=row.client_id,
                client_name=clients[row.client_id].name,
                mapping_id=mapping_id,
                client_at=self.at if new else clients[row.client_id].updated_at,
                before={"filled": new, "tags": tags.get(row.client_id, [])},
            )
            for row, mapping_id, new in zip(rows, mappings, filled, strict=True)
        ]

    def ignored(self, rows: Sequence[Row[Any]]) -> list[Result]:
        """Contacts that later imports pass over."""
        if rows:
            ignored = [
                {
                    "id": uuid4(),
                    "connection_id": self._import.connection_id,
                    "xero_contact_id": row.contact_id,
                    "name": row.name,
                    "sort_name": row.name.casefold(),
                    "ignored_by": self._import.confirmed_by,
                    "created_at": self.at,
                }
                for row in rows
            ]
            insert_rows(IgnoredContact, ignored, new_only=True)
        return [_result(row.id, "ignored") for row in rows]

    def _client(self, row: Row[Any], client_id: UUID, number: str) -> dict[str, Any]:
        fields = {field.name: row.details.get(field.name) for field in FIELDS}
        return {
            "id": client_id,
            "number": number,
            **fields,
            "sort_name": row.name.casefold(),
            "kind": kind_of(row.details),
            "created_at": self.at,
            "updated_at": self.at,
        }

    def _map(
        self, rows: Sequence[Row[Any]], client_ids: Sequence[UUID], agreed: Sequence[Values]
    ) -> list[UUID]:
        ids = [uuid4() for _ in rows]
        insert_rows(
            ContactMapping,
            [
                {
                    "id": id_,
                    "connection_id": self._import.connection_id,
                    "client_id": client_id,
                    "xero_contact_id": row.contact_id,
                    "contact_name": row.name,
                    "found_by": _found_by(row),
                    "contact_status": row.status,
                    "contact_updated_at": row.contact_updated_at,
                    "agreed": values,
                    "agreed_at": self.at,
                    "created_at": self.at,
                }
                for row, id_, client_id, values in zip(rows, ids, client_ids, agreed, strict=True)
            ],
        )
        return ids

    def _tag(self, rows: Sequence[Row[Any]], client_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
        """Give the clients the tags of their contacts' groups; client → ids of the tags that it did not have."""
        wanted = {group.casefold(): group for row in rows for group in row.groups}
        if not wanted:
            return {}
        tags = self._tags(wanted)
        pairs = {
            (client_id, tags[group.casefold()])
            for row, client_id in zip(rows, client_ids, strict=True)
            for group in row.groups
        }
        added: dict[UUID, list[str]] = {}
        new = insert(ClientTag).on_conflict_do_nothing().returning(ClientTag.client_id, ClientTag.tag_id)
        values = [
            {
                "company_id": current_company_id(),
                "id": uuid4(),
                "client_id": c,
                "tag_id": t,
                "created_at": self.at,
            }
            for c, t in sorted(pairs)
        ]
        for client_id, tag_id in db.session.execute(new.values(values)):
            added.setdefault(client_id, []).append(str(tag_id))
        return added

    def _tags(self, wanted: Mapping[str, str]) -> dict[str, UUID]:
        values = [
            {
                "company_id": current_company_id(),
                "id": uuid4(),
                "name": name,
                "sort_name": key,
                "created_at": self.at,
            }
            for key, name in sorted(wanted.items())
        ]
        made = insert(Tag).values(values).on_conflict_do_nothing().returning(Tag.id, Tag.name)
        new = {str(tag_id): name for tag_id, name in db.session.execute(made)}
        if new:
            self._import.made_tags = {**self._import.made_tags, **new}
        found = select(Tag.sort_name, Tag.id).where(Tag.sort_name.in_(wanted))
        return {row.sort_name: row.id for row in db.session.execute(found)}


def _result(row_id: UUID, outcome: str, **more: Any) -> Result:
    """The columns of a row that tell what became of it."""
    empty = dict.fromkeys(("client_id", "client_name", "mapping_id", "client_at"))
    return {"id": row_id, "outcome": outcome, **empty, "before": {}, **more}


def kind_of(details: Values) -> str:
    """The kind of client a contact looks like; "other" when nothing tells."""
    name = f" {details['name'].casefold()} "
    for words, kind in _KIND_WORDS.items():
        if f" {words} " in name:
            return kind
    if details.get("company_number") or is_company_name(details["name"]):
        return "company"
    return "individual" if details.get("first_name") and details.get("last_name") else "other"


def _filled(ours: Values, theirs: Values) -> Values:
    """What Xero has and we have not. An address is filled only where we have no part of one: half ours and half
    theirs would be nobody's."""
    has_address = any(ours[name] for name in ADDRESS)
    return {
        name: value
        for name, value in theirs.items()
        if value and not ours[name] and not (has_address and name in ADDRESS)
    }


def _found_by(row: Row[Any]) -> str:
    if row.choice == "import":
        return "import"
    return row.why if row.why in STRENGTHS and row.why != "weak" else "person"


def _numbers(count: int) -> list[str]:
    """The company's next numbers, leaving out those that a person gave to a client."""
    company = locked_company()
    numbers: list[str] = []
    while len(numbers) < count:
        more = [company.take_client_number() for _ in range(count - len(numbers))]
        used = set(db.session.scalars(select(Client.number).where(Client.number.in_(more))))
        numbers += [number for number in more if number not in used]
    return numbers


def _release(client_ids: Iterable[UUID]) -> None:
    """Jobs that wait until a person chose the contact of one of these clients go on."""
    waiting = select(Cause.subject).where(
        Cause.kind == causes.CONTACT,
        Cause.resolved_at.is_(None),
        Cause.subject.in_([str(client_id) for client_id in client_ids]),
    )
    for subject in db.session.scalars(waiting).all():
        causes.resolve(causes.CONTACT, subject)
