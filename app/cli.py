"""Commands: ``flask --app wsgi …``."""

import click
from flask import Flask
from flask.cli import AppGroup

demo = AppGroup("demo", help="The demonstration practices.")


@demo.command("load")
def load() -> None:
    """Load the demonstration data into an empty installation; does nothing when there is any company."""
    from app import demonstration, lookups
    from app.extensions import db, settings

    if not settings().demo:
        raise click.ClickException("Demonstration data is loaded in demonstration mode only (COUNTINGHOUSE_DEMO=1).")
    if lookups.any_company(db.session):
        click.echo("There are practices already; nothing was loaded.")
        return
    click.echo(demonstration.load())


def init_cli(app: Flask) -> None:
    app.cli.add_command(demo)
