"""Commands for operators: ``flask --app wsgi <command>``."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from classprojects.accounts import actions as accounts
from classprojects.accounts.models import Role
from classprojects.billing import conversations
from classprojects.core.database import transaction
from classprojects.gateways.stripe import StripeTrouble
from classprojects.webhooks import actions as webhooks
from classprojects.webhooks import jobs as webhook_jobs
from classprojects.webhooks import queries as inbox
from classprojects.webhooks.models import EventState

billing = AppGroup("billing", help="Prices, events and their repair.")
people = AppGroup("people", help="Who may do what.")
demo = AppGroup("demo", help="A site with people and works in it, to look at.")


def register_commands(app: Flask) -> None:
    """Make every command known to ``flask``."""
    app.cli.add_command(billing)
    app.cli.add_command(people)
    app.cli.add_command(demo)


@billing.command("setup")
def setup() -> None:
    """Make Stripe know our plan, prices and portal. May be repeated; run it after changing an amount."""
    try:
        prices = conversations.prepare_catalogue()
        conversations.prepare_portal()
    except StripeTrouble as error:
        raise click.ClickException(f"Stripe ({current_app.config['SETTINGS'].billing_mode}) did not do it: {error}") from error
    for price in prices:
        click.echo(f"{price.lookup_key}: {price.unit_amount} {price.currency.upper()} a {price.interval}")


@billing.command("reconcile")
def reconcile() -> None:
    """Fetch events that never reached us, now rather than within ten minutes."""
    click.echo(f"{webhook_jobs.reconcile_events()} repaired")


@billing.command("replay")
@click.argument("events", nargs=-1, metavar="[evt_…]…")
@click.option("--dead", is_flag=True, help="all that were given up")
@click.option("--since", type=click.DateTime(), help="all that happened since then (UTC)")
@click.option("--type", "type_", help="only of this type")
def replay(events: tuple[str, ...], dead: bool, since: datetime | None, type_: str | None) -> None:
    """Apply events again. What was applied already changes nothing: each asks Stripe how things stand."""
    if not (events or dead or since or type_):
        raise click.UsageError("Name events, or say --dead, --since or --type.")
    row_ids = inbox.list_ids(
        events, EventState.DEAD if dead else None, since.replace(tzinfo=UTC) if since else None, type_
    )
    for row_id in row_ids:
        with transaction():
            webhooks.replay_event(row_id)
    click.echo(f"{len(row_ids)} to be applied again")


@people.command("grant")
@click.argument("handle")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def grant_role(handle: str, role: str) -> None:
    """Make somebody an instructor, or one of the staff."""
    person = accounts.queries.find_person_by_handle(handle)
    if person is None:
        raise click.ClickException(f"Nobody goes by {handle!r} here.")
    with transaction():
        accounts.grant_role(person, Role(role))
    click.echo(f"{handle}: {role}")


@demo.command("seed")
def seed_demo() -> None:
    """Make the demo's people, works and classes. Does nothing when they are there."""
    # Drawing and sound are for this command alone.
    from classprojects.demo.seed import seed

    seed(click.echo)
