"""Finding clients by the beginnings of words: of the name, the number, the e-mail address, the phone numbers.

The words stand in `client_words`, cut by migrations/sql/0020_client_words.sql; what is typed is cut in the same way
here. Each typed word must begin one of a client's.
"""

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from app.checks import one_line
from app.extensions import db
from app.models import Client, ClientWord

LONGEST = 64
MOST_WORDS = 8
FEW = 2000
"""Up to so many finds are gathered and put in order; of more, the list is walked in its order until the page is full.
Either takes some milliseconds there. The planner, left to itself, walks for few finds, and gathers very many."""
_SIGNS = re.compile("[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_CALLED = re.compile(r"[0-9 ().+/-]+")
_LAST = "\U0010ffff"


def matching(typed: str) -> ColumnElement[bool] | None:
    """The condition on `Client` that the typed words make, to be counted with; None when nothing was typed."""
    return None if not typed.strip() else _all(_any_of(_begins(word)) for word in words_of(typed))


def matching_in_order(typed: str) -> ColumnElement[bool] | None:
    """The same, for a page of a list in its order. Asks the database how much the words find."""
    if not typed.strip():
        return None
    words = [_begins(word) for word in words_of(typed)]
    if not words:
        return _all(())
    finds = db.session.execute(select(*(_how_many(word) for word in words))).one()
    narrowest = min(range(len(words)), key=lambda place: finds[place])
    few = finds[narrowest] <= FEW
    return _all(
        _any_of(word, FEW) if few and place == narrowest else _checked(word)
        for place, word in enumerate(words)
    )


def words_of(typed: str) -> list[str]:
    """What is looked for: lower case, without accents and signs. Figures with spaces between them are one phone
    number."""
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", one_line(typed).casefold()))
    parts = [folded] if _CALLED.fullmatch(folded) else folded.split()
    cut = (_SIGNS.sub("", part)[:LONGEST] for part in parts[:MOST_WORDS])
    return list(dict.fromkeys(word for word in cut if word))


def having_all(words: Iterable[str]) -> ColumnElement[bool]:
    """The condition that a client has each of these words whole."""
    return _all(_any_of(ClientWord.word == word[:LONGEST]) for word in words)


def _begins(word: str) -> ColumnElement[bool]:
    begun = [word]
    if any(letter.isdigit() for letter in word):
        begun.append(f"#{word}")
    if word.isdigit() and word.startswith("0") and len(word) > 4:
        begun.append(word[1:])  # typed as at home, written with the country before it
    return or_(*(and_(ClientWord.word >= one, ClientWord.word < one + _LAST) for one in begun))


def _how_many(word: ColumnElement[bool]) -> ColumnElement[int]:
    few = select(ClientWord.client_id).where(word).limit(FEW + 1).subquery()
    return select(func.count()).select_from(few).scalar_subquery()


def _any_of(word: ColumnElement[bool], most: int | None = None) -> ColumnElement[bool]:
    # With a limit they are gathered first, whatever the order of the list.
    return Client.id.in_(select(ClientWord.client_id).where(word).limit(most))


def _checked(word: ColumnElement[bool]) -> ColumnElement[bool]:
    theirs = and_(ClientWord.company_id == Client.company_id, ClientWord.client_id == Client.id)
    # OFFSET keeps it a look-up for each client that the list comes to.
    return select(ClientWord.client_id).where(theirs, word).correlate(Client).offset(0).exists()


def _all(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    found = list(conditions)
    return and_(*found) if found else false()  # only signs, which begin no word
