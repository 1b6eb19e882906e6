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
from classprojects.gateways.storage import open_storage
from classprojects.gateways.storage.moving import copy_everything, in_megabytes
from classprojects.gateways.stripe import StripeTrouble
from classprojects.media.verification import verify_objects
from classprojects.webhooks import actions as webhooks
from classprojects.webhooks import jobs as webhook_jobs
from classprojects.webhooks import queries as inbox
from classprojects.webhooks.models import EventState

billing = AppGroup("billing", help="Prices, events and their repair.")
people = AppGroup("people", help="Who may do what.")
media = AppGroup("media", help="Where files lie, and whether they are whole.")
demo = AppGroup("demo", help="A site with people and works in it, to look at.")


def register_commands(app: Flask) -> None:
    """Make every command known to ``flask``."""
    app.cli.add_command(billing)
    app.cli.add_command(people)
    app.cli.add_command(media)
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


@media.command("move")
@click.option("--to", "target_url", required=True, metavar="STORAGE_URL", help="the store to copy to")
@click.option("--from", "source_url", metavar="STORAGE_URL", help="the store to copy from; by itself the one in use")
@click.option("--dry-run", is_flag=True, help="only say what would be copied")
@click.option("--compare", is_flag=True, help="read what is there already too, instead of trusting its size")
def move_media(target_url: str, source_url: str | None, dry_run: bool, compare: bool) -> None:
    """Copy all files to another store, checking each. May be stopped and repeated; the site can go on meanwhile."""
    settings = current_app.config["SETTINGS"]
    source_url = source_url or settings.storage_url
    try:
        source, target = (open_storage(url, settings.data_dir / "incoming") for url in (source_url, target_url))
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    if source_url.rstrip("/") == target_url.rstrip("/"):
        raise click.UsageError("Both stores are the same.")
    if not target.is_writable():
        raise click.ClickException("The store to copy to cannot be written to: is its address right, are its keys?")
    try:
        moved = copy_everything(source, target, click.echo, dry_run=dry_run, compare=compare)
    except OSError as error:
        raise click.ClickException(str(error)) from error
    done = "would be copied" if dry_run else "copied and checked"
    click.echo(f"{moved.copied} {done} ({in_megabytes(moved.bytes)}), {moved.there} there already, {len(moved.failed)} failed.")
    if moved.failed:
        raise click.ClickException("Some files were not copied; repeat it.")
    if not dry_run:
        click.echo(
            "Next: set STORAGE_URL to the new store for web, worker and clock, and restart them. Repeat this command with "
            "--from and the old store for what came in between. Then run: flask --app wsgi media verify"
        )


@media.command("verify")
@click.option("--sizes-only", is_flag=True, help="do not read the files; quick, and finds only what is missing or cut off")
def verify_media(sizes_only: bool) -> None:
    """Check that every file is there and has the bytes that it was stored with. Ends with status 1 when not."""
    looked, faults = 0, 0
    try:
        for verdict in verify_objects(sizes_only=sizes_only):
            looked += 1
            if verdict.fault is not None:
                faults += 1
                click.echo(f"{verdict.key} {verdict.fault}")
            if looked % 1000 == 0:
                click.echo(f"{looked} looked at …", err=True)
    except OSError as error:
        raise click.ClickException(f"{looked} looked at, {faults} faults, then the store was away: {error}") from error
    click.echo(f"{looked} looked at, {faults} faults.")
    if faults:
        raise SystemExit(1)


@demo.command("seed")
def seed_demo() -> None:
    """Make the demo's people, works and classes. Does nothing when they are there."""
    # Drawing and sound are for this command alone.
    from classprojects.demo.seed import seed

    seed(click.echo)
