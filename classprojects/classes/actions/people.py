"""Who leads a class: asked, accepted, given another role, gone. One lead is always left."""

from __future__ import annotations

from flask_babel import gettext as _

from classprojects.accounts.models import Person
from classprojects.accounts.queries import find_person_by_email, find_person_by_handle
from classprojects.classes import queries
from classprojects.classes.actions.building import _as_it_stands, _lock_class
from classprojects.classes.models import ClassInstructor, ClassProject, InstructorInvitation, InstructorRole
from classprojects.classes.queries import people
from classprojects.core import clock
from classprojects.core.database import db
from classprojects.core.errors import DomainError, Refused
from classprojects.core.memo import forget
from classprojects.notifications.actions import notify, queue_mail
from classprojects.notifications.models import NotificationKind

#: people who lead one class, those who were asked among them
MOST = 20


def invite_instructor(project: ClassProject, inviter: Person, named: str, role: InstructorRole) -> InstructorInvitation:
    """Ask the person of this handle or address to lead the class too. Asking twice is asking once.

    Raises DomainError in words. Of an address it says no more than that nobody has proven it here.
    """
    _lock_class(project)
    project = queries.get_class_by_id(project.id)
    person = _find_person(named)
    if any(one.person_id == person.id for one in project.instructors):
        raise DomainError(_("%(name)s leads this class already.", name=person.name), field="who")
    known = people.find_open_invitation(project.id, person.id)
    if known is not None:
        known.role = role
        db.session.flush()
        return people.get_invitation(known.id)
    if len(project.instructors) + len(people.list_open_invitations(project)) >= MOST:
        raise DomainError(_("At most %(max)d people lead one class.", max=MOST), field="who")
    invitation = InstructorInvitation(
        class_id=project.id, person_id=person.id, role=role, invited_by_id=inviter.id, created_at=clock.now()
    )
    db.session.add(invitation)
    db.session.flush()
    path = f"/studio/invitations/{invitation.id}"
    notify(
        person.id,
        NotificationKind.INSTRUCTOR_INVITED,
        f"instructor_invited:{invitation.id}",
        actor_id=inviter.id,
        work_id=None,
        path=path,
    )
    queue_mail(
        person,
        "classes/instructor_invited",
        f"instructor_invited:{invitation.id}",
        title=project.title,
        inviter=inviter.name,
        role=role.value,
        path=path,
    )
    return people.get_invitation(invitation.id)


def _find_person(named: str) -> Person:
    named = named.strip()
    person = find_person_by_email(named) if "@" in named.lstrip("@") else find_person_by_handle(named.lstrip("@"))
    if person is None or person.left_at is not None:
        raise DomainError(
            _("Nobody here goes by that name or address. Ask them for the handle that stands on their page."), field="who"
        )
    return person


def accept_invitation(invitation: InstructorInvitation) -> None:
    """Lead the class from now on, in the role that one was asked for. It gives no role anywhere else."""
    _lock_class(invitation.project)
    if not _answer(invitation, is_accepted=True):
        return  # said before: whoever was let go since does not come back by it
    if people.find_instructor(invitation.class_id, invitation.person_id) is None:
        db.session.add(
            ClassInstructor(
                class_id=invitation.class_id,
                person_id=invitation.person_id,
                role=invitation.role,
                added_at=clock.now(),
            )
        )
    db.session.flush()
    _look_afresh(invitation.project)


def decline_invitation(invitation: InstructorInvitation) -> None:
    """Say no. They may be asked again."""
    _lock_class(invitation.project)
    _answer(invitation, is_accepted=False)


def _answer(invitation: InstructorInvitation, *, is_accepted: bool) -> bool:
    """Whether this is new: saying the same twice is saying it once."""
    _as_it_stands(invitation)
    if invitation.withdrawn_at is not None:
        raise DomainError(_("This invitation was taken back meanwhile."))
    if invitation.answered_at is not None:
        if invitation.is_accepted is is_accepted:
            return False
        raise DomainError(_("You answered this invitation already."))
    invitation.answered_at, invitation.is_accepted = clock.now(), is_accepted
    db.session.flush()
    notify(
        invitation.invited_by_id,
        NotificationKind.INSTRUCTOR_INVITED,
        f"instructor_invitation_answered:{invitation.id}",
        actor_id=invitation.person_id,
        work_id=None,
        path=f"{invitation.project.studio_url}/people",
    )
    return True


def withdraw_invitation(invitation: InstructorInvitation) -> None:
    """Take back what nobody has answered yet."""
    _lock_class(invitation.project)
    _as_it_stands(invitation)
    if invitation.answered_at is not None:
        raise DomainError(_("It was answered meanwhile."))
    invitation.withdrawn_at = invitation.withdrawn_at or clock.now()
    db.session.flush()


def change_role(instructor: ClassInstructor, role: InstructorRole) -> None:
    """Let somebody be something else to the class; refused for the only lead."""
    _lock_class(instructor.project)
    _as_it_stands(instructor)
    if role is not InstructorRole.LEAD:
        _keep_a_lead(instructor)
    instructor.role = role
    db.session.flush()
    _look_afresh(instructor.project)


def remove_instructor(instructor: ClassInstructor) -> None:
    """Somebody leads the class no longer: they leave, or are let go. What they said to learners stays."""
    _lock_class(instructor.project)
    _as_it_stands(instructor)
    _keep_a_lead(instructor)
    project = instructor.project
    db.session.delete(instructor)
    db.session.flush()
    _look_afresh(project)


def _keep_a_lead(instructor: ClassInstructor) -> None:
    if instructor.role is InstructorRole.LEAD and people.count_leads(instructor.class_id) < 2:
        raise Refused(_("Somebody must lead this class. Make another person its lead first."))


def _look_afresh(project: ClassProject) -> None:
    db.session.expire(project, ["instructors"])
    forget()


def forget_teaching(person: Person) -> None:
    """Whoever leaves the place leads nothing any more, and nobody waits for their answer (P20).

    The only lead of a class hands it on to whoever was longest with it; a class that
    nobody else leads keeps them, without their name.
    """
    for role in people.list_roles_of(person.id):
        project = queries.get_class_by_id(role.class_id)
        _lock_class(project)
        others = [one for one in project.instructors if one.person_id != person.id]
        if not others:
            role.line = ""
            continue
        if role.role is InstructorRole.LEAD and all(one.role is not InstructorRole.LEAD for one in others):
            heir = min(others, key=lambda one: (one.role is InstructorRole.ASSISTANT, one.added_at, one.person_id))
            heir.role = InstructorRole.LEAD
        db.session.delete(role)
    for invitation in people.list_invitations_to(person.id):
        invitation.withdrawn_at = clock.now()
    db.session.flush()
    forget()
