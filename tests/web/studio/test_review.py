"""A class is sent to staff, talked about, decided and published, by those who may."""

from __future__ import annotations

from datetime import timedelta

import pytest

from classprojects.accounts.queries import get_person
from classprojects.classes import actions, queries
from classprojects.classes.models import ClassState
from classprojects.classes.queries import reviews
from classprojects.core import clock
from classprojects.core.database import transaction
from tests.factories.classes import make_class, make_learner
from tests.factories.people import make_person

FORM = "main form.form"


@pytest.fixture
def project(cast):
    return make_class(cast.instructor, publish=False, title="Letters that stay")


def state(project):
    return queries.get_class_by_id(project.id).state


def test_the_whole_way(cast, browse, project):
    teacher, staff = browse(cast.instructor), browse(cast.staff)
    page = teacher.get(project.studio_url)
    assert page(".publishing a.button-primary")[0].text_content() == "Send it to staff"
    # The old door leads nowhere past staff.
    refused = teacher.post(f"{project.studio_url}/publication")
    assert refused.status == 422 and "Send it to them" in refused.text and state(project) is ClassState.DRAFT
    form = teacher.get(f"{project.studio_url}/review").form(FORM)
    sent = teacher.post(f"{project.studio_url}/review", {**form, "message": "Be kind <b>please</b>"})
    assert sent.status == 303 and state(project) is ClassState.IN_REVIEW
    assert "1 class waits for somebody to look at it" in staff.get("/desk").text
    queue = staff.get("/desk/classes")
    assert "Letters that stay" in queue.text
    review = reviews.find_open_review(project)
    address = f"/desk/classes/{review.id}"
    # Edits since are shown to whoever looks at it.
    form = teacher.get(f"{project.studio_url}/lessons/1").form(FORM)
    assert teacher.post(f"{project.studio_url}/lessons/1", {**form, "title": "A better beginning"}).status == 303
    page = staff.get(address)
    assert "Be kind <b>please</b>" in page.text and len(page.queries) <= 14
    assert page(".review-edits strong")[0].text_content() == "A better beginning"
    # They talk.
    form = page.form("section[aria-labelledby=remarks] form")
    assert staff.post(f"{address}/remarks", {**form, "body": "Is this *yours*?"}).status == 303
    assert staff.post(f"{address}/remarks", {**form, "body": ""}).status == 422
    page = teacher.get(f"{project.studio_url}/review")
    assert page(".comment__body em")[0].text_content() == "yours"
    form = page.form("section[aria-labelledby=remarks] form")
    assert teacher.post(f"{project.studio_url}/review/remarks", {**form, "body": "It is."}).status == 303
    assert "It is." in staff.get(address).text
    # Changes want a reason.
    assert staff.post(f"{address}/changes", {"reason": " "}).status == 422
    assert staff.post(f"{address}/changes", {"reason": "Say what one needs\nto begin."}).status == 303
    page = teacher.get(project.studio_url)
    assert "Say what one needs" in page.text and "Send it to staff again" in page.text
    assert "There is news about a class" in teacher.get("/account/notifications").text
    form = teacher.get(f"{project.studio_url}/review").form(FORM)
    assert teacher.post(f"{project.studio_url}/review", form).status == 303
    again = reviews.find_open_review(project)
    assert staff.post(f"{address}/approval").status == 422  # the one that was decided
    assert staff.post(f"/desk/classes/{again.id}/approval").status == 303
    assert state(project) is ClassState.PUBLISHED
    assert "Letters that stay" in browse(None).get("/classes").text
    assert "Approved by House Staff" in staff.get("/desk/classes?show=decided").text
    assert teacher.get(f"{project.studio_url}/review").status == 200
    # Back to draft and out again: nobody looks twice.
    assert teacher.post(f"{project.studio_url}/publication/delete").status == 303
    assert teacher.post(f"{project.studio_url}/publication").status == 303
    assert state(project) is ClassState.PUBLISHED


def test_taken_back_and_scheduled(cast, browse, project):
    teacher, staff = browse(cast.instructor), browse(cast.staff)
    send = f"{project.studio_url}/review"
    assert teacher.post(f"{send}/delete").status == 404
    later = clock.now() + timedelta(days=3)
    for odd in ("yesterday", "2001-01-01T10:00", "9999-12-31T23:59", "0001-01-01T00:00"):
        assert teacher.post(send, {"moment": odd}).status == 422, odd
    assert teacher.post(send, {"moment": later.strftime("%Y-%m-%dT%H:%M")}).status == 303
    assert teacher.post(f"{send}/delete").status == 303 and state(project) is ClassState.DRAFT
    assert teacher.post(send, {"moment": later.strftime("%Y-%m-%dT%H:%M")}).status == 303
    review = reviews.find_open_review(project)
    assert staff.post(f"/desk/classes/{review.id}/approval").status == 303
    assert state(project) is ClassState.SCHEDULED
    assert "It is published by itself on" in teacher.get(project.studio_url).text
    assert browse(None).get(project.url).status == 404
    assert teacher.post(f"{project.studio_url}/schedule/delete").status == 303
    assert state(project) is ClassState.DRAFT
    assert teacher.post(f"{project.studio_url}/schedule/delete").status == 422
    assert teacher.post(f"{project.studio_url}/publication", {"moment": "junk"}).status == 422
    assert teacher.post(f"{project.studio_url}/publication", {"moment": later.strftime("%Y-%m-%dT%H:%M")}).status == 303
    assert state(project) is ClassState.SCHEDULED


def test_a_moment_that_the_clocks_skip_is_refused_and_kept(cast, browse, project):
    teacher = browse(cast.instructor)
    with transaction():
        get_person(cast.instructor.id).time_zone = "Europe/Berlin"
    skipped = (clock.now() + timedelta(days=3)).replace(year=2027, month=3, day=28, hour=2, minute=30).strftime("%Y-%m-%dT%H:%M")
    send = f"{project.studio_url}/review"
    page = teacher.post(send, {"moment": skipped, "message": "Please look."})
    assert page.status == 422 and "does not exist in Europe/Berlin" in page("#moment-error")[0].text_content()
    assert page.form(FORM)["moment"] == skipped and page.form(FORM)["message"].strip() == "Please look." and state(project) is ClassState.DRAFT
    assert teacher.post(send).status == 303
    assert browse(cast.staff).post(f"/desk/classes/{reviews.find_open_review(project).id}/approval").status == 303
    assert teacher.post(f"{project.studio_url}/publication/delete").status == 303
    for wrong in (skipped, "2001-01-01T10:00"):
        page = teacher.post(f"{project.studio_url}/publication", {"moment": wrong})
        assert page.status == 422 and page(".publishing__later[open] [name=moment]")[0].get("value") == wrong
    assert state(project) is ClassState.DRAFT


def test_what_is_missing_is_said_on_the_form(cast, browse):
    bare = make_class(cast.instructor, publish=False, assignments=0)
    teacher = browse(cast.instructor)
    page = teacher.post(f"{bare.studio_url}/review", {"message": "Please"})
    assert page.status == 422 and "Not sent yet" in page.text and page.form(FORM)["message"].strip() == "Please"


def test_staff_decide_about_no_class_of_their_own(cast, browse):
    own = make_class(cast.staff, publish=False)
    staff = browse(cast.staff)
    assert staff.post(f"{own.studio_url}/review", {}).status == 303
    review = reviews.find_open_review(own)
    page = staff.get(f"/desk/classes/{review.id}")
    assert page.status == 200 and "This class is yours" in page.text and not page("form[action$=approval]")
    assert staff.post(f"/desk/classes/{review.id}/approval").status == 403
    other = browse(make_person("second-staff", ["staff"]))
    assert other.post(f"/desk/classes/{review.id}/approval").status == 303


PREVIEWS = ("visitor", "new", "halfway", "returned", "complete")


def test_a_preview_is_what_a_learner_sees_and_writes_nothing(cast, browse, project):
    teacher = browse(cast.instructor)
    with transaction():
        assignment = queries.get_class_by_id(project.id).assignments[0]
        assert assignment
    for as_whom in PREVIEWS:
        for at in ("page", "room", "lesson-1", "lesson-2", "assignment-1"):
            page = teacher.get(f"{project.studio_url}/preview?as={as_whom}&at={at}")
            assert page.status == 200 and page(".preview-banner"), (as_whom, at)
            assert len(page.queries) <= 14, (as_whom, at, len(page.queries))
            assert not page("main form[method=post] > :not(fieldset[disabled])"), (as_whom, at)
            for link in page("main a"):
                address = link.get("href") or ""
                assert not address.startswith((f"{project.url}", "/submissions/0")), (as_whom, at, address)
    assert state(project) is ClassState.DRAFT
    room = {one: teacher.get(f"{project.studio_url}/preview?as={one}&at=room").text for one in PREVIEWS}
    assert "0 of 1 made" in room["new"] and "Read “Lesson 1" in room["new"]
    assert "Read what was said about" in room["returned"]
    assert "1 of 1 made" in room["complete"] and "All made" in room["complete"]
    # A visitor stands outside.
    assert "Start your free trial" in room["visitor"] or "part of the membership" in room["visitor"]
    # It is the learner's page, not the instructor's.
    assert "Edit in the studio" not in room["new"] and "This class is a draft" not in room["new"]
    real = make_class(cast.instructor)
    learner = browse(make_learner(real))
    seen = learner.get(f"{real.url}/assignments/1")
    shown = teacher.get(f"{real.studio_url}/preview?as=new&at=assignment-1")
    assert seen("article h1")[0].text_content() == shown("article h1")[0].text_content()
    assert "Hand in your work" in shown.text
    assert queries.get_class_by_id(real.id).learners_count == 1


def test_a_preview_of_nothing_is_not_there(cast, browse, project):
    teacher = browse(cast.instructor)
    for odd in ("at=lesson-9", "at=assignment-0", "at=../room", "at=lesson-", "as=admin&at=room"):
        page = teacher.get(f"{project.studio_url}/preview?{odd}")
        assert page.status == (200 if "admin" in odd else 404), odd
    assert browse(cast.other_instructor).get(f"{project.studio_url}/preview").status == 404
    assert browse(cast.subscriber).get(f"{project.studio_url}/preview").status == 404


def test_an_unfinished_class_can_be_previewed(cast, browse):
    empty = make_class(cast.instructor, publish=False, lessons=0, assignments=0)
    for as_whom in PREVIEWS:
        assert browse(cast.instructor).get(f"{empty.studio_url}/preview?as={as_whom}").status == 200
    assert actions.checklist(queries.get_class(empty.slug))
