"""What one is to classes that one leads, and what passed between oneself and staff: for one's own export (P20)."""

from __future__ import annotations

from typing import Any

from classprojects.accounts.models import Person
from classprojects.classes.queries import people, reviews
from classprojects.web.shared.filters import absolute


def teaching_of(person: Person) -> dict[str, Any]:
    """Classes that ``person`` leads, invitations to them, and classes that they sent to staff."""
    return {
        "leads": [
            {"class": absolute(one.project.url), "role": one.role.value, "line": one.line, "since": one.added_at}
            for one in people.list_roles_of(person.id)
        ],
        "invitations": [
            {
                "class": one.project.title,
                "role": one.role.value,
                "at": one.created_at,
                "answered_at": one.answered_at,
                "accepted": one.is_accepted,
                "withdrawn_at": one.withdrawn_at,
            }
            for one in people.list_every_invitation_to(person.id)
        ],
        "reviews": [
            {
                "class": one.project.title,
                "message": one.message,
                "at": one.sent_at,
                "wanted_at": one.wanted_at,
                "decision": one.decision.value if one.decision is not None else None,
                "reason": one.reason,
                "decided_at": one.decided_at,
            }
            for one in reviews.list_reviews_by(person.id)
        ],
    }
