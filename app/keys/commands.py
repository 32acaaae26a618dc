"""``flask --app wsgi keys …``"""

from collections import Counter, defaultdict

import click
from flask.cli import AppGroup

from app.crypto import MasterKeys
from app.extensions import settings
from app.keys.places import Place
from app.keys.rotation import Owner, Tally, owners, rotate, versions

keys = AppGroup("keys", help="The master keys that seal what is secret.")
_NAMED = 5
"""So many practices are named in a sentence; of more, how many."""


@keys.command("rotate")
def rotate_keys() -> None:
    """Seal everything anew with the present master key.

    May be interrupted and run again, beside a running app. Ends with 1 when something is left.
    """
    ours = settings().master_keys
    click.echo(f"Sealing anew with key {ours.seals} what other keys sealed.")
    left = 0
    for owner in owners():
        for place in owner.places:
            tally = rotate(owner, place, ours)
            left += tally.left
            _tell(owner, place, tally)
    click.echo(f"{left} left." if left else f"0 left: key {ours.seals} seals everything.")
    if left:
        raise click.exceptions.Exit(1)


def _tell(owner: Owner, place: Place, tally: Tally) -> None:
    if tally.done or tally.left:
        click.echo(f"{owner.name}: {place.words}: {tally.done} done, {tally.left} left.")
    if tally.busy:
        click.echo(f"  {tally.busy} were in use all the while. Run this again.")
    for why, number in tally.closed.items():
        click.echo(f"  {number} cannot be opened. {why} If that key is lost, {place.when_lost}.")


@keys.command("status")
def status() -> None:
    """How much is sealed with which master key, and which key may be dropped.

    Ends with 1 when something was sealed with a key that is not given.
    """
    ours = settings().master_keys
    totals: dict[int, Counter[Place]] = defaultdict(Counter)
    holders: dict[int, dict[str, None]] = defaultdict(dict)
    for owner in owners():
        for place in owner.places:
            for version, number in versions(owner, place).items():
                totals[version][place] += number
                holders[version][owner.name] = None
    missing = 0
    for version in sorted({*ours.by_version, *totals}):
        sealed = ", ".join(f"{number} {place.words}" for place, number in totals[version].items())
        click.echo(f"Key {version} seals {sealed or 'nothing'}. {_advice(version, ours, bool(sealed))}")
        if version not in ours.by_version:
            missing += 1
            _tell_missing(list(holders[version]), list(totals[version]))
    if missing:
        raise click.exceptions.Exit(1)


def _advice(version: int, ours: MasterKeys, in_use: bool) -> str:
    if version == ours.seals:
        return "It is the present one."
    if version not in ours.by_version:
        return "IT IS NOT GIVEN: put it back into OTHER_MASTER_KEYS, then run `keys rotate`."
    if in_use:
        return "Keep it, and run `keys rotate`."
    return "It may be taken out of OTHER_MASTER_KEYS. Backups made before today need it still."


def _tell_missing(names: list[str], places: list[Place]) -> None:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    click.echo(f"  Cannot be opened without it: secrets of {', '.join(names[:_NAMED])}{more}.")
    for place in places:
        click.echo(f"  If it is lost, of the {place.words}: {place.when_lost}.")
