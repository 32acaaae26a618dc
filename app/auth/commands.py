"""``flask --app wsgi people …``"""

import click
from flask.cli import AppGroup

from app.auth.second_factor_reset import reset_second_factor
from app.errors import Problem
from app.extensions import db

people = AppGroup("people", help="People who sign in.")


@people.command("reset-second-factor")
@click.argument("email")
@click.option("--reason", prompt="Reason, for the audit log and the person", help="Why, in a sentence.")
def reset(email: str, reason: str) -> None:
    """Take app, passkeys and recovery codes from a person who lost them all.

    Be sure first that it is them: call back on a number you knew before. The password stays, every sign-in of
    theirs ends, the audit logs of their practices tell it, and they get a mail.
    """
    try:
        user = reset_second_factor(email, reason)
    except Problem as problem:
        raise click.ClickException(problem.message) from None
    db.session.commit()
    click.echo(f"{user.name} ({user.email}) signs in with the password alone now, and was told by mail.")
