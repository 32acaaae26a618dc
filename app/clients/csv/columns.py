"""Which column of a file is which field of a client: guessed from its headings, chosen by a person."""

import re
from collections.abc import Sequence

FIELDS: dict[str, str] = {
    "number": "Number",
    "name": "Name",
    "kind": "Kind",
    "first_name": "First name",
    "last_name": "Last name",
    "email": "E-mail",
    "phone": "Phone",
    "mobile": "Mobile",
    "street": "Street",
    "city": "City",
    "region": "State or region",
    "postal_code": "Postcode",
    "country": "Country",
    "company_number": "Company number",
    "tax_number": "Tax number",
    "office": "Office",
    "tags": "Tags",
    "notes": "Notes",
}
"""Fields of a file and their headings, in the order of an export."""
_ALSO: dict[str, tuple[str, ...]] = {
    "number": (
        "client number",
        "client no",
        "client code",
        "client id",
        "code",
        "no",
        "id",
        "contact number",
    ),
    "name": (
        "client name",
        "client",
        "full name",
        "company",
        "company name",
        "business name",
        "contact name",
    ),
    "kind": ("type", "client type", "entity type", "kind of client"),
    "first_name": ("given name", "forename", "first"),
    "last_name": ("surname", "family name", "last"),
    "email": ("email", "email address", "mail", "e mail address"),
    "phone": ("telephone", "phone number", "tel", "landline", "work phone", "phone no"),
    "mobile": ("mobile number", "mobile phone", "cell", "cell phone"),
    "street": ("address", "street address", "address line 1", "postal address", "address 1"),
    "city": ("town", "suburb", "city or suburb", "town city"),
    "region": ("state", "region", "county", "province", "state province"),
    "postal_code": ("postal code", "zip", "zip code", "post code"),
    "country": ("country name",),
    "company_number": ("acn", "nzcn", "company no", "registration number", "company registration number"),
    "tax_number": ("abn", "gst number", "vat number", "tax id", "nzbn"),
    "office": ("branch", "location"),
    "tags": ("tag", "groups", "group", "labels", "categories"),
    "notes": ("note", "comments", "comment", "remarks"),
}


def guess(headings: Sequence[str]) -> dict[str, int]:
    """Field → place of its column; each column is given once, and a field that no heading names is left out."""
    places: dict[str, int] = {}
    for place, heading in enumerate(headings):
        places.setdefault(_plain(heading), place)
    found: dict[str, int] = {}
    for field, label in FIELDS.items():
        for name in (label, field, *_ALSO[field]):
            if (at := places.get(_plain(name))) is not None and at not in found.values():
                found[field] = at
                break
    return found


def _plain(heading: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", heading.casefold()))
