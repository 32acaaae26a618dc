"""Finding clients by the beginnings of words: of the name, the number, the e-mail address, the phone numbers.

The words stand in `client_words`, cut by migrations/sql/0020_client_words.sql; what is typed is cut in the same way
here. Each typed word must begin one of a client's.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import aliased

from app.checks import one_line
from app.extensions import db
from app.models import Client, ClientWord

LONGEST = 64
MOST_WORDS = 8
FEW = 2000
"""Up to so many finds are gathered and put in order; of more, the list is walked in its order until the page is full.
Either takes some milliseconds there. The planner, left to itself, walks for few finds, and gathers very many."""
Fits = Callable[[Any], ColumnElement[bool]]
"""A condition on `ClientWord`, or on another look at it."""
_SIGNS = re.compile("[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_CALLED = re.compile(r"[0-9 ().+/-]+")
_LAST = "\U0010ffff"


def matching(typed: str) -> ColumnElement[bool] | None:
    """The condition on `Client` that the typed words make, to be counted with; None when nothing was typed."""
    if not typed.strip():
        return None
    found = ids_of(typed)
    return false() if found is None else Client.id.in_(found)


def ids_of(typed: str) -> Select[UUID] | None:
    """Ids of the clients that the typed words find, one perhaps more than once; None without a word, when only signs
    were typed, which begin none."""
    words = [_begins(word) for word in words_of(typed)]
    return _having(words) if words else None


def matching_in_order(typed: str) -> ColumnElement[bool] | None:
    """The same, for a page of a list in its order. Asks the database how much the words find."""
    words = [_begins(word) for word in words_of(typed)]
    if not words:
        return matching(typed)
    found = _having(words).limit(FEW + 1)
    count = db.session.scalar(select(func.count()).select_from(found.subquery())) or 0
    # With a limit they are gathered first, whatever the order of the list.
    return Client.id.in_(found) if count <= FEW else and_(*(_checked(word) for word in words))


def words_of(typed: str) -> list[str]:
    """What is looked for: lower case, without accents and signs. Figures with spaces between them are one phone
    number."""
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", one_line(typed).casefold()))
    parts = [folded] if _CALLED.fullmatch(folded) else folded.split()
    cut = (_SIGNS.sub("", part)[:LONGEST] for part in parts[:MOST_WORDS])
    return list(dict.fromkeys(word for word in cut if word))


def having_all(words: Iterable[str]) -> ColumnElement[bool]:
    """The condition that a client has each of these words whole; at least one."""
    return Client.id.in_(_having([_is(word) for word in words]))


def _is(word: str) -> Fits:
    return lambda its: its.word == word[:LONGEST]


def _begins(word: str) -> Fits:
    begun = [word]
    if any(letter.isdigit() for letter in word):
        begun.append(f"#{word}")
    if word.isdigit() and word.startswith("0") and len(word) > 4:
        begun.append(word[1:])  # typed as at home, written with the country before it
    return lambda its: or_(*(and_(its.word >= one, its.word < one + _LAST) for one in begun))


def _having(conditions: Sequence[Fits]) -> Select[UUID]:
    """Ids of the clients of whom each of these conditions fits a word; an id may come more than once."""
    first, *others = conditions
    found = select(ClientWord.client_id).where(first(ClientWord))
    for fits in others:
        other = aliased(ClientWord)
        found = found.where(ClientWord.client_id.in_(select(other.client_id).where(fits(other))))
    return found


def _checked(fits: Fits) -> ColumnElement[bool]:
    theirs = and_(ClientWord.company_id == Client.company_id, ClientWord.client_id == Client.id)
    # OFFSET keeps it a look-up for each client that the list comes to.
    return select(ClientWord.client_id).where(theirs, fits(ClientWord)).correlate(Client).offset(0).exists()
