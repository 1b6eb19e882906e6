"""The class room says whom to answer, leads there, and holds nobody up."""

from __future__ import annotations

from typing import Any

from classprojects.classes import actions, queries
from classprojects.core.database import transaction
from tests.factories.classes import add_assignment, make_class, make_learner, say, submit


def test_the_room_leads_to_whom_one_is_asked_to_answer(cast: Any, browse: Any) -> None:
    project = make_class(cast.instructor, lessons=1, assignments=0, publish=False)
    add_assignment(project, cast.instructor, feedback_count=2, title="Ruled")
    with transaction():
        actions.publish_class(queries.get_class(project.slug))
    first, second, third = (make_learner(project) for _ in range(3))
    own = submit(first, project, title="First of all")
    room = f"{project.url}/room"
    client = browse(first)
    page = client.get(room)
    assert not page("#to-answer"), "nobody is there yet, and nobody is held up"
    other = submit(second, project, title="Second of all")
    third_one = submit(third, project, title="Third of all")
    page = client.get(room)
    assert "2 classmates" in page("#to-answer")[0].text_content()
    links = [link.get("href") for link in page(".readers__link")]
    assert sorted(links) == sorted([f"{other.url}#give", f"{third_one.url}#give"])
    assert len(page.queries) <= 14
    say(first, other)
    page = client.get(f"{project.url}/assignments/1")
    assert [link.get("href") for link in page(".readers__link")] == [f"{third_one.url}#give"]
    assert len(page.queries) <= 14
    say(first, third_one)
    assert not client.get(room)("#to-answer")
    lines = browse(second).get("/account/notifications")
    assert "A classmate's answer waits for a word from you" in lines.text
    assert own.readers_count >= 0
