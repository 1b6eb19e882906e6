"""Staff see what nobody has said anything about for 36 hours, and the share answered within 48."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from classprojects.classes import actions, queries
from classprojects.classes.queries.unanswered import find_answered_in_time, list_unanswered
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.works import actions as works
from classprojects.works.queries import get_plain_work
from tests.factories.classes import make_class, make_learner, say, submit


def test_first_tries_without_an_answer_wait_at_the_desk(cast: Any, browse: Any) -> None:
    project = make_class(cast.instructor, assignments=1, title="Letters to nobody")
    now = clock.real_now()
    with clock.at(now - timedelta(days=3)):
        people = [make_learner(project) for _ in range(5)]
    handed = []
    for hours, person in zip((50, 40, 39, 38, 35), people, strict=True):
        with clock.at(now - timedelta(hours=hours)):
            handed.append(submit(person, project, title=f"Waits {hours}"))
    with transaction():
        actions.withdraw_submission(queries.get_submission(handed[2].id))
        works.erase_work(get_plain_work(handed[3].work_id))
    staff = browse(cast.staff)
    assert "2 first tries wait longer than 36 hours" in staff.get("/desk").text
    page = staff.get("/desk/unanswered")
    assert [link.text_content() for link in page(".desk-list__title a")] == ["Waits 50", "Waits 40"]
    assert "waits 50 hours" in page.text and "Letters to nobody" in page.text
    assert all(person.name not in page.text for person in people), "whoever answers needs no name"
    assert len(page.queries) <= 14
    first = list_unanswered(now, size=1)
    assert [one.id for one in first.items] == [handed[0].id]
    rest = list_unanswered(now, first.next_cursor, size=1)
    assert [one.id for one in rest.items] == [handed[1].id] and rest.next_cursor is None
    say(people[1], handed[0])
    assert [one.id for one in list_unanswered(now).items] == [handed[1].id], "a classmate's word is a human's"
    with transaction():
        actions.archive_class(queries.get_class(project.slug))
        actions.leave_class(people[1], queries.get_class(project.slug))
    assert not list_unanswered(now).items, "of an archived class whoever left waits for nobody"
    for person in (cast.instructor, cast.subscriber):
        assert browse(person).get("/desk/unanswered").status == 403
    assert "/login" in browse().get("/desk/unanswered").text or browse().get("/desk/unanswered").status in (302, 303, 401)


def test_the_share_answered_in_time_is_told_from_five_on(cast: Any, browse: Any) -> None:
    few, many = make_class(cast.instructor, title="Few"), make_class(cast.instructor, title="Many")
    now = clock.real_now()
    start = now - timedelta(days=16)
    for place in range(6):
        with clock.at(start + timedelta(minutes=place)):
            submission = submit(make_learner(many), many)
        if place < 4:
            with clock.at(start + timedelta(hours=47 if place else 50)):
                say(cast.instructor, submission, as_instructor=True)
    with clock.at(start):
        submit(make_learner(few), few)
    told = find_answered_in_time(now)
    cells = {title: [(one.part, one.whole) for one in cells if one.whole] for (title, _slug), cells in told.classes.items()}
    assert cells == {"Few": [(0, 1)], "Many": [(3, 6)]}
    page = browse(cast.staff).get("/desk/unanswered")
    rows = {row.xpath("th")[0].text_content(): row.text_content() for row in page(".data-table tbody tr")}
    assert "50 %" in rows["Many"] and "too few" in rows["Few"] and "0 %" not in rows["Few"]
    assert "43 %" in rows["All classes"]
    assert page("svg.share-figure title")
