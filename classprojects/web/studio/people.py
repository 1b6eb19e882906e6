"""Who leads a class: ask somebody, answer when asked, change what they are to it, leave."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length

from classprojects.classes import queries
from classprojects.classes.actions import people as actions
from classprojects.classes.models import ClassInstructor, ClassProject, InstructorInvitation, InstructorRole
from classprojects.classes.queries import people
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError, NotFound
from classprojects.policy import Permission, may
from classprojects.web.shared.forms import Form, one_line
from classprojects.web.shared.guards import current_person, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.studio.blueprint import bp


def role_words(role: InstructorRole) -> str:
    """What somebody is to a class."""
    return {
        InstructorRole.LEAD: _("leads the class"),
        InstructorRole.CO_INSTRUCTOR: _("co-instructor"),
        InstructorRole.ASSISTANT: _("assistant"),
    }[role]


def role_help() -> dict[str, str]:
    """What each role may do."""
    return {
        InstructorRole.LEAD.value: _("Writes and publishes it, answers learners, and says who else leads it."),
        InstructorRole.CO_INSTRUCTOR.value: _("Writes and publishes it, and answers learners."),
        InstructorRole.ASSISTANT.value: _("Sees who is in it and answers learners. Does not change the class."),
    }


class RoleForm(Form):
    """What somebody is to a class."""

    role = RadioField(
        _l("What they do in it"),
        [InputRequired(_l("Choose one."))],
        choices=[
            SelectChoice(InstructorRole.CO_INSTRUCTOR.value, _l("Co-instructor")),
            SelectChoice(InstructorRole.ASSISTANT.value, _l("Assistant")),
            SelectChoice(InstructorRole.LEAD.value, _l("Lead")),
        ],
        default=InstructorRole.CO_INSTRUCTOR.value,
        invalid_choice_message=_l("Choose one."),
    )

    @property
    def chosen(self) -> InstructorRole:
        """The role that was chosen."""
        return InstructorRole(self.role.data)


class InviteInstructorForm(RoleForm):
    """Whom to ask, and for what."""

    who = StringField(
        _l("Handle or mail address"),
        [DataRequired(_l("Say whom to ask.")), Length(max=254, message=_l("That is no handle and no address."))],
        filters=[one_line],
        description=_l("Of somebody who has an account here. They are asked, and decide themselves."),
    )


@bp.get("/classes/<slug>/people")
@requires(Permission.TEND_CLASS, on=queries.get_class)
def list_people(project: ClassProject) -> Any:
    """Who leads the class, and who was asked to."""
    return _page(project, InviteInstructorForm(formdata=None))


def _page(
    project: ClassProject, form: InviteInstructorForm, refusal: str | None = None, chosen: dict[int, InstructorRole] | None = None
) -> str:
    """``chosen``: the role that was refused, by whom it was for."""
    person = signed_in_person()
    manages = bool(may(person, Permission.MANAGE_PEOPLE, project))
    return render_template(
        "studio/list_people.html",
        project=project,
        form=form,
        refusal=refusal,
        chosen=chosen or {},
        manages=manages,
        people=project.instructors,
        invitations=people.list_open_invitations(project) if manages else [],
        roles=[(role, role_words(role)) for role in InstructorRole],
        role_words=role_words,
        role_help=role_help(),
        person_id=person.id,
    )


@bp.post("/classes/<slug>/people")
@requires(Permission.MANAGE_PEOPLE, on=queries.get_class)
@limiter.limit(POSTING, key_func=per_person)
def invite_instructor(project: ClassProject) -> Any:
    """Ask somebody to lead the class too."""
    form = InviteInstructorForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            invitation = actions.invite_instructor(project, signed_in_person(), form.who.data or "", form.chosen)
    if form.errors:
        return _page(queries.get_class_by_id(project.id), form), 422
    flash(_("%(name)s is asked. You hear from them when they answer.", name=invitation.person.name), "success")
    return redirect(url_for("studio.list_people", slug=project.slug), 303)


@bp.post("/classes/<slug>/people/<handle>/role")
@requires(Permission.MANAGE_PEOPLE, on=people.get_instructor)
def change_role(instructor: ClassInstructor) -> Any:
    """Let somebody be something else to the class."""
    form, project, name = RoleForm(), instructor.project, instructor.person.name
    if not form.validate_on_submit():
        return _page(project, InviteInstructorForm(formdata=None), _("Choose what they do in the class.")), 422
    role = form.chosen
    return _act(
        project,
        lambda: actions.change_role(instructor, role),
        _("Saved: %(name)s, %(role)s.", name=name, role=role_words(role)),
        {instructor.person_id: role},
    )


def _act(project: ClassProject, act: Any, words: str, chosen: dict[int, InstructorRole] | None = None) -> Any:
    try:
        with transaction():
            act()
    except DomainError as error:
        return _page(queries.get_class_by_id(project.id), InviteInstructorForm(formdata=None), error.message, chosen), 422
    flash(words, "success")
    return redirect(url_for("studio.list_people", slug=project.slug), 303)


@bp.get("/classes/<slug>/people/<handle>/remove")
@requires(Permission.MANAGE_PEOPLE, on=people.get_instructor)
def confirm_remove_instructor(instructor: ClassInstructor) -> Any:
    """Ask before somebody leads the class no longer."""
    return render_template("studio/remove_instructor.html", instructor=instructor, project=instructor.project)


@bp.post("/classes/<slug>/people/<handle>/remove")
@requires(Permission.MANAGE_PEOPLE, on=people.get_instructor)
def remove_instructor(instructor: ClassInstructor) -> Any:
    """Somebody leads the class no longer."""
    name = instructor.person.name
    return _act(
        instructor.project,
        lambda: actions.remove_instructor(instructor),
        _("%(name)s does not lead this class any more. What they said to learners stays.", name=name),
    )


def _get_own_place(slug: str) -> ClassInstructor:
    """What whoever asks is to this class; raises NotFound where they are nothing to it."""
    person, project = current_person(), queries.get_class(slug)
    found = next((one for one in project.instructors if person is not None and one.person_id == person.id), None)
    if found is None:
        raise NotFound
    return people.with_project(found, project)


@bp.get("/classes/<slug>/leaving")
@requires(Permission.TEND_CLASS, on=_get_own_place)
def confirm_leave_instructors(instructor: ClassInstructor) -> Any:
    """Ask before one leads the class no longer."""
    return render_template("studio/leave_instructors.html", project=instructor.project)


@bp.post("/classes/<slug>/leaving")
@requires(Permission.TEND_CLASS, on=_get_own_place)
def leave_instructors(instructor: ClassInstructor) -> Any:
    """Lead the class no longer."""
    project = instructor.project
    try:
        with transaction():
            actions.remove_instructor(instructor)
    except DomainError as error:
        return _page(queries.get_class_by_id(project.id), InviteInstructorForm(formdata=None), error.message), 422
    flash(_("You do not lead “%(title)s” any more.", title=project.title), "success")
    return redirect(url_for("studio.show_studio") if may(current_person(), Permission.USE_STUDIO) else "/", 303)


# Invitations


@bp.post("/classes/<slug>/invitations/<id:invitation_id>/delete")
@requires(Permission.MANAGE_PEOPLE, on=people.get_invitation_of)
def withdraw_invitation(invitation: InstructorInvitation) -> Any:
    """Take an invitation back that nobody has answered."""
    project = queries.get_class_by_id(invitation.class_id)
    return _act(project, lambda: actions.withdraw_invitation(invitation), _("Taken back."))


@bp.get("/invitations/<id:invitation_id>")
@requires(Permission.ANSWER_INVITATION, on=people.get_invitation)
def show_invitation(invitation: InstructorInvitation) -> Any:
    """Who asks, for which class, and what saying yes means."""
    return _invitation_page(invitation)


def _invitation_page(invitation: InstructorInvitation, refusal: str | None = None) -> str:
    return render_template(
        "studio/show_invitation.html",
        invitation=invitation,
        project=invitation.project,
        role=role_words(invitation.role),
        role_help=role_help()[invitation.role.value],
        refusal=refusal,
    )


@bp.post("/invitations/<id:invitation_id>/acceptance")
@requires(Permission.ANSWER_INVITATION, on=people.get_invitation)
def accept_invitation(invitation: InstructorInvitation) -> Any:
    """Say yes."""
    try:
        with transaction():
            actions.accept_invitation(invitation)
    except DomainError as error:
        return _invitation_page(people.get_invitation(invitation.id), error.message), 422
    flash(_("You lead it with them now. Look around."), "success")
    return redirect(invitation.project.studio_url, 303)


@bp.post("/invitations/<id:invitation_id>/refusal")
@requires(Permission.ANSWER_INVITATION, on=people.get_invitation)
def decline_invitation(invitation: InstructorInvitation) -> Any:
    """Say no."""
    try:
        with transaction():
            actions.decline_invitation(invitation)
    except DomainError as error:
        return _invitation_page(people.get_invitation(invitation.id), error.message), 422
    flash(_("You said no. Whoever asked you is told."), "success")
    return redirect(url_for("studio.show_invitation", invitation_id=invitation.id), 303)
