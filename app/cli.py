"""Commands: ``flask --app wsgi …``."""

import click
from flask import Flask
from flask.cli import AppGroup

demo = AppGroup("demo", help="The demonstration practices.")


@demo.command("load")
def load() -> None:
    """Load the demonstration data into an empty installation; leaves one with practices of its own alone."""
    from app import demonstration, lookups
    from app.extensions import db, settings
    from app.xero.errors import XeroError

    if not settings().demo:
        raise click.ClickException(
            "Demonstration data is loaded in demonstration mode only (COUNTINGHOUSE_DEMO=1)."
        )
    if lookups.any_company(db.session) and not demonstration.begun():
        click.echo("There are practices already; nothing was loaded.")
        return
    try:
        click.echo(demonstration.load())
    except (OSError, XeroError) as away:
        raise click.ClickException(f"The simulator of Xero does not answer as it should: {away}") from away


def init_cli(app: Flask) -> None:
    from app.audit.commands import audit
    from app.auth.commands import people
    from app.keys.commands import keys

    for group in (demo, audit, keys, people):
        app.cli.add_command(group)
