"""``flask --app wsgi audit …``"""

from pathlib import Path
from uuid import UUID

import click
from flask.cli import AppGroup

from app.audit.verify import Anchor, Verdict, read_anchors, verify, write_anchors
from app.extensions import db
from app.lookups import companies_named
from app.models import now
from app.tenancy import company_scope

audit = AppGroup("audit", help="The audit log.")


@audit.command("verify")
@click.option("--company", "name", help="The name of one practice.")
@click.option("--all", "everything", is_flag=True, help="Every practice, suspended ones too (the default).")
@click.option(
    "--anchor",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Compare with the heads in this file, and add today's to it. Keep it away from the database.",
)
def verify_chains(name: str | None, everything: bool, file: Path | None) -> None:
    """Check that no row of the audit log was changed, deleted, inserted, moved or backdated.

    Prints each practice's head: the number of rows and the hash of the last. Ends with 1 when anything is wrong; then
    nothing is added to the anchors.
    """
    if name and everything:
        raise click.UsageError("Give --company or --all, not both.")
    try:
        known = read_anchors(file) if file else []
    except ValueError as unreadable:
        raise click.ClickException(str(unreadable)) from None
    companies = _companies(name)
    heads, broken = [], 0
    for company_id, company in companies:
        verdict = _verify(company_id, known)
        _tell(company, verdict)
        broken += not verdict.whole
        if verdict.sequence:
            at = now().isoformat(timespec="seconds")
            heads.append(Anchor(str(company_id), company, verdict.sequence, verdict.hash, at))
    gone = {one.company_id: one.company for one in known} if not name else {}
    for known_id, company in gone.items():
        if known_id not in {str(one) for one, _ in companies}:
            click.echo(f"{company}: was anchored and is not a practice of this installation any more.")
    if broken:
        raise click.ClickException(f"{broken} of {len(companies)} audit logs are not whole.")
    if file:
        write_anchors(
            file, [head for head in heads if (head.company_id, head.sequence) not in _places(known)]
        )


def _companies(name: str | None) -> list[tuple[UUID, str]]:
    found = [(one.company_id, one.name) for one in companies_named(db.session, "")]
    db.session.remove()
    if name is None:
        return found
    named = [one for one in found if one[1].casefold() == name.casefold()]
    if not named:
        raise click.ClickException(f"There is no practice called {name}.")
    return named


def _verify(company_id: UUID, anchors: list[Anchor]) -> Verdict:
    with company_scope(company_id):
        verdict = verify(company_id, anchors)
    db.session.remove()  # one session, one company
    return verdict


def _tell(company: str, verdict: Verdict) -> None:
    if not verdict.sequence:
        click.echo(f"{company}: nothing in the log yet.")
    else:
        click.echo(
            f"{company}: {verdict.sequence} rows, head {verdict.hash}, {'whole' if verdict.whole else 'NOT WHOLE'}"
        )
    for finding in verdict.findings:
        click.echo(f"  row {finding.sequence} {finding.sentence}")


def _places(anchors: list[Anchor]) -> set[tuple[str, int]]:
    return {(anchor.company_id, anchor.sequence) for anchor in anchors}
