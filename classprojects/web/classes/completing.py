"""What happens on class pages once somebody has handed in everything."""

from __future__ import annotations

from flask import flash
from flask_babel import gettext as _
from markupsafe import Markup

from classprojects.accounts.models import Person
from classprojects.classes.models import Assignment, ClassProject
from classprojects.completion import actions, queries
from classprojects.completion.models import Credential
from classprojects.core.database import transaction
from classprojects.core.memo import remember
from classprojects.gateways.credential_keys import find_keys
from classprojects.web.shared.guards import current_person


def complete_after(person: Person, assignment: Assignment) -> None:
    """After handing in, in a transaction of its own: what was handed in stays, whatever becomes of this (a sweep finds it)."""
    keys = find_keys()
    with transaction():
        credential = actions.complete_class(person, assignment.class_id, keys)
    if credential is not None:
        words = _("You have made everything that this class asks for.")
        link = Markup('{} <a href="{}">{}</a>').format(words, f"/credentials/{credential.public_id}", _("Here is your certificate"))
        flash(link, "success")


def own_credential(project: ClassProject) -> Credential | None:
    """The newest credential of the person who asks for this class, asked once a request."""
    person = current_person()
    if person is None:
        return None
    person_id = person.id
    return remember(("credential", person_id, project.id), lambda: queries.find_newest_credential(person_id, project.id))
