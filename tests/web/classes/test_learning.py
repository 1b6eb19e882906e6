"""The class room and what learners keep for themselves: the next thing, places, drafts, notes."""

from __future__ import annotations

from tests.factories.classes import make_class, make_learner


def test_smoke(cast, browse):
    project = make_class(cast.instructor, lessons=2, assignments=2)
    learner = browse(make_learner(project))
    for address in ("/room", "/lessons/1", "/assignments/1", "/assignments/1/submit", "/notes", ""):
        page = learner.get(project.url + address)
        assert page.status == 200, address
        print(address, len(page.queries))
