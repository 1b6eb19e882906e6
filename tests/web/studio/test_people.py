"""Several people lead a class in roles: asked, accepted, changed, gone; what opens when is theirs to say."""

from __future__ import annotations

import pytest

from classprojects.accounts.queries import get_person
from classprojects.classes import queries
from classprojects.classes.actions import people as actions
from classprojects.classes.models import InstructorRole
from classprojects.classes.queries import people
from classprojects.classes.queries.prerequisites import find_prerequisites
from classprojects.core.database import transaction
from classprojects.policy import Denied, may
from classprojects.policy import Permission as P
from tests.factories.classes import make_class, make_learner, submit
from tests.factories.people import make_person

FORM = "main form.form"


@pytest.fixture
def project(cast):
    return make_class(cast.instructor, assignments=2)


def let_lead(project, person, role):
    """``person`` was asked and said yes."""
    with transaction():
        lead = queries.get_class_by_id(project.id).instructors[0].person
        invitation = actions.invite_instructor(queries.get_class_by_id(project.id), lead, person.handle, role)
        actions.accept_invitation(invitation)
    return person


def roles(project):
    return {one.person.handle: one.role.value for one in queries.get_class_by_id(project.id).instructors}


def test_asked_by_handle_or_address_and_answered(cast, browse, project):
    lead, guest = browse(cast.instructor), browse(cast.free)
    address = f"{project.studio_url}/people"
    for who in ("nobody-here", "", "nobody@example.test", "instructor", "x" * 255, "@"):
        assert lead.post(address, {"who": who, "role": "assistant"}).status == 422, who
    assert lead.post(address, {"who": "free", "role": "boss"}).status == 422
    assert lead.post(address, {"who": " @Free ", "role": "assistant"}).status == 303
    assert lead.post(address, {"who": "free@example.test", "role": "co_instructor"}).status == 303  # the same one
    (invitation,) = people.list_invitations_to(cast.free.id)
    assert "Asked, and not answered yet" in lead.get(address).text
    # Until they say yes they find nothing; the invitation is theirs alone.
    assert guest.get(project.studio_url).status == 403 and guest.get("/studio").status == 403
    page = f"/studio/invitations/{invitation.id}"
    assert browse(cast.subscriber).get(page).status == 404 and browse(None).get(page).status == 303
    assert "asks you to lead a class with them" in guest.get("/account/notifications").text
    assert "Writes and publishes it" in guest.get(page).text
    assert guest.post(f"{page}/acceptance").status == 303
    assert guest.post(f"{page}/acceptance").status == 303 and guest.post(f"{page}/refusal").status == 422
    assert roles(project) == {"instructor": "lead", "free": "co_instructor"}
    # No role anywhere else, and yet the studio of this class.
    assert not get_person(cast.free.id).is_instructor
    studio = guest.get("/studio")
    assert studio.status == 200 and "New class project" not in studio.text
    assert guest.get("/studio/classes/new").status == 403 and guest.post("/studio/classes/new").status == 403
    assert guest.get(project.studio_url).status == 200
    assert "answered your invitation" in lead.get("/account/notifications").text
    assert "Free" in browse(None).get(project.url).text
    # Let go, and the old invitation accepted once more: it brings nobody back.
    assert lead.post(f"{address}/free/remove").status == 303
    assert guest.post(f"{page}/acceptance").status == 303
    assert roles(project) == {"instructor": "lead"} and guest.get(project.studio_url).status == 403


def test_declined_and_taken_back(cast, browse, project):
    lead, guest = browse(cast.instructor), browse(cast.free)
    address = f"{project.studio_url}/people"
    lead.post(address, {"who": "free", "role": "assistant"})
    (invitation,) = people.list_invitations_to(cast.free.id)
    assert guest.post(f"/studio/invitations/{invitation.id}/refusal").status == 303
    assert guest.post(f"/studio/invitations/{invitation.id}/acceptance").status == 422
    lead.post(address, {"who": "free", "role": "assistant"})
    (again,) = people.list_invitations_to(cast.free.id)
    other = make_class(cast.other_instructor)
    assert browse(cast.other_instructor).post(f"{other.studio_url}/invitations/{again.id}/delete").status == 404
    assert lead.post(f"{project.studio_url}/invitations/{again.id}/delete").status == 303
    assert guest.post(f"/studio/invitations/{again.id}/acceptance").status == 422
    assert "taken back" in guest.get(f"/studio/invitations/{again.id}").text
    assert roles(project) == {"instructor": "lead"}


def test_the_last_lead_stays(cast, browse, project):
    co = let_lead(project, cast.free, InstructorRole.CO_INSTRUCTOR)
    lead, second = browse(cast.instructor), browse(co)
    address = f"{project.studio_url}/people"
    refused = lead.post(f"{address}/instructor/role", {"role": "assistant"})
    assert refused.status == 422 and refused(".people-list__acts[open] option[selected]")[0].get("value") == "assistant"
    assert lead.post(f"{project.studio_url}/leaving").status == 422
    assert lead.post(f"{address}/instructor/remove").status == 422
    assert second.post(f"{address}/instructor/remove").status == 403
    assert second.post(address, {"who": "maker", "role": "assistant"}).status == 403
    assert lead.post(f"{address}/free/role", {"role": "nothing"}).status == 422
    assert lead.post(f"{address}/free/role", {"role": "lead"}).status == 303
    assert lead.get(f"{project.studio_url}/leaving").status == 200
    assert lead.post(f"{project.studio_url}/leaving").status == 303
    assert roles(project) == {"free": "lead"}
    assert lead.get(project.studio_url).status == 403 and lead.get(f"{address}/free/remove").status == 403
    assert second.get(f"{address}/nobody/remove").status == 404
    helper = let_lead(project, cast.maker, InstructorRole.ASSISTANT)
    assert second.get(f"{address}/maker/remove").status == 200
    assert second.post(f"{address}/maker/remove").status == 303
    assert browse(helper).get("/studio").status == 403
    # Staff mend what is broken, and are no instructors themselves.
    assert browse(cast.staff).get(address).status == 200 and browse(cast.staff).get(f"{project.studio_url}/leaving").status == 404


def test_whoever_leaves_the_place_hands_the_class_on(cast, project):
    """P20: nothing of a class hangs on somebody who left."""
    heir = let_lead(project, cast.free, InstructorRole.CO_INSTRUCTOR)
    let_lead(project, cast.maker, InstructorRole.ASSISTANT)
    with transaction():
        actions.invite_instructor(queries.get_class_by_id(project.id), cast.instructor, "subscriber" if cast.subscriber else "", InstructorRole.LEAD)
    with transaction():
        actions.forget_teaching(cast.instructor)
        actions.forget_teaching(cast.subscriber)
    assert roles(project) == {heir.handle: "lead", "maker": "assistant"}
    assert not people.list_invitations_to(cast.subscriber.id)
    alone = make_class(cast.other_instructor)
    with transaction():
        actions.forget_teaching(cast.other_instructor)
    assert [one.line for one in queries.get_class_by_id(alone.id).instructors] == [""]


def test_an_assistant_answers_and_does_not_edit(cast, browse, project):
    helper = browse(let_lead(project, cast.free, InstructorRole.ASSISTANT))
    submission = submit(make_learner(project), project)
    studio = project.studio_url
    assert "1" in helper.get("/studio").text and helper.get("/studio/feedback").status == 200
    moved = helper.get(studio)
    assert moved.status == 302 and moved.location.endswith("/roster") and helper.follow(moved).status == 200
    assert helper.get(f"{studio}/preview").status == 200 and helper.get(f"{studio}/people").status == 200
    for address in ("details", "lessons/1", "lessons/new", "assignments/1", "openings"):
        assert helper.get(f"{studio}/{address}").status == 403, address
    for address in ("publication", "archive", "review", "openings", "lessons/1", "assignments/1/delete", "people"):
        assert helper.post(f"{studio}/{address}").status == 403, address
    page = helper.get(submission.url)
    assert page.status == 200 and "Your queue" in page.text


VISITOR, LEARNER, HELPER, CO, LEAD, OTHER, STAFF = "visitor", "learner", "assistant", "co-instructor", "lead", "other instructor", "staff"
YES, NO, SIGN_IN, HIDDEN = "yes", "forbidden", "sign_in", "hidden"
PEOPLE = (VISITOR, LEARNER, HELPER, CO, LEAD, OTHER, STAFF)
#: state -> permission -> answers in the order of PEOPLE
TABLE = {
    "running": {
        P.TEND_CLASS: (SIGN_IN, NO, YES, YES, YES, NO, YES),
        P.EDIT_CLASS: (SIGN_IN, NO, NO, YES, YES, NO, YES),
        P.PUBLISH_CLASS: (SIGN_IN, NO, NO, YES, YES, NO, YES),
        P.MANAGE_PEOPLE: (SIGN_IN, NO, NO, NO, YES, NO, YES),
        P.VIEW_CLASSROOM: ("members", YES, YES, YES, YES, NO, YES),
        P.VIEW_GALLERY: ("members", YES, YES, YES, YES, NO, YES),
    },
    "draft": {
        P.TEND_CLASS: (HIDDEN, HIDDEN, YES, YES, YES, HIDDEN, YES),
        P.EDIT_CLASS: (HIDDEN, HIDDEN, NO, YES, YES, HIDDEN, YES),
        P.PUBLISH_CLASS: (HIDDEN, HIDDEN, NO, YES, YES, HIDDEN, YES),
        P.MANAGE_PEOPLE: (HIDDEN, HIDDEN, NO, NO, YES, HIDDEN, YES),
        P.VIEW_CLASSROOM: (HIDDEN, HIDDEN, YES, YES, YES, HIDDEN, YES),
    },
    "review": {
        P.VIEW_REVIEW: (SIGN_IN, NO, NO, NO, NO, NO, YES),
        P.DECIDE_REVIEW: (SIGN_IN, NO, NO, NO, NO, NO, YES),
    },
    "anywhere": {
        P.USE_STUDIO: (SIGN_IN, NO, YES, YES, YES, YES, YES),
        P.MAKE_CLASS: (SIGN_IN, NO, NO, NO, YES, YES, YES),
    },
}


@pytest.mark.parametrize("state", list(TABLE))
def test_the_whole_table(cast, state):
    from classprojects.classes.actions.reviewing import send_to_review
    from classprojects.classes.queries.reviews import get_review

    running = make_class(cast.instructor)
    draft = make_class(cast.instructor, publish=False)
    learner = make_learner(running)
    helper, co = make_person("helper"), make_person("co-lead")
    for project in (running, draft):
        let_lead(project, helper, InstructorRole.ASSISTANT)
        let_lead(project, co, InstructorRole.CO_INSTRUCTOR)
    target = {"running": running, "draft": draft, "anywhere": None}.get(state)
    if state == "review":
        with transaction():
            review = send_to_review(queries.get_class_by_id(draft.id), cast.instructor)
        target = get_review(review.id)
    target = queries.get_class_by_id(target.id) if state in {"running", "draft"} else target
    asking = dict(zip(PEOPLE, (None, learner, helper, co, cast.instructor, cast.other_instructor, cast.staff), strict=True))
    wrong = []
    for permission, answers in TABLE[state].items():
        for name, expected in zip(PEOPLE, answers, strict=True):
            decision = may(asking[name] and get_person(asking[name].id), permission, target)
            found = decision.reason.value if isinstance(decision, Denied) else YES
            if found != expected:
                wrong.append(f"{name} {permission} {state}: {found}, not {expected}")
    assert not wrong, "\n".join(wrong)


def test_what_opens_when_by_plain_forms(cast, browse, project):
    teacher = browse(cast.instructor)
    address = f"{project.studio_url}/openings"
    assert len(teacher.get(address).queries) <= 14
    assert teacher.post(address, {"item": "lesson-2", "requires": ["1"]}).status == 303
    assert "Opens after “Assignment 1" in teacher.get(address).text
    page = teacher.post(address, {"item": "assignment-1", "requires": ["2"]})
    assert page.status == 422 and "comes after" in page.text and page("details[open] input[value='2'][checked]")
    for odd in ({"item": "lesson-9"}, {"item": "\x00"}, {"item": "lesson-2", "requires": ["9" * 40, "x"]}, {}):
        assert teacher.post(address, odd).status == 422, odd
    assert teacher.post(address, {"item": "lesson-2"}).status == 303
    assert not find_prerequisites(queries.get_class_by_id(project.id))


def test_leaving_and_the_export_know_of_teaching(cast, browse, project):
    """P20: what one wrote to staff and was asked is in one's export, and goes when one leaves."""
    import io
    import zipfile

    from classprojects.classes.actions.reviewing import send_to_review
    from classprojects.classes.queries.reviews import find_last_review
    from classprojects.web.accounts.export import write_export
    from classprojects.web.accounts.leaving import leave

    co, draft = let_lead(project, cast.free, InstructorRole.CO_INSTRUCTOR), make_class(cast.instructor, publish=False)
    with transaction():
        send_to_review(queries.get_class_by_id(draft.id), cast.instructor, "Only for staff.")
    held = io.BytesIO()
    write_export(get_person(cast.instructor.id), held)
    told = zipfile.ZipFile(held).read("teaching.json").decode()
    assert "Only for staff." in told and '"lead"' in told
    with transaction():
        leave(get_person(cast.instructor.id))
    assert find_last_review(draft).message == ""
    assert roles(project) == {co.handle: "lead"}
