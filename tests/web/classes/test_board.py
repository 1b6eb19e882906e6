"""The board of a class: topics, announcements with mail, and who learns nothing of them (P2, P4, P17, P20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from classprojects.classes import queries
from classprojects.classes.actions import board as actions
from classprojects.classes.actions.board import TopicDraft
from classprojects.classes.models import Enrollment, Season, Topic
from classprojects.classes.queries import board
from classprojects.core import clock, memo
from classprojects.core.database import db, transaction
from classprojects.notifications.models import Mail, Notification
from classprojects.policy import Permission, may
from classprojects.web.accounts.leaving import leave
from classprojects.web.classes import announcing
from tests.factories.classes import join, make_class, make_learner
from tests.factories.memberships import give_membership
from tests.factories.people import make_person

# Takes long: not for the fast checks.
pytestmark = pytest.mark.slow

SECRET = "Zwielicht"


def open_topic(project: Any, author: Any, title: str = "Which pen?", body: str = "Mine blots.", **draft: Any) -> Topic:
    with transaction():
        topic = actions.open_topic(queries.get_class(project.slug), author, TopicDraft(title, body, **draft))
    return board.get_topic(project.slug, topic.id)


def answer(topic: Topic, author: Any, body: str = "A pencil.") -> None:
    with transaction():
        actions.answer_topic(board.find_topic_by_id(topic.id), author, body)


def make_season(project: Any, *learners: Any, number: int = 1) -> Season:
    now = clock.now()
    with transaction():
        season = Season(class_id=project.id, number=number, title=f"Season {number}", starts_at=now, ends_at=now + timedelta(days=60))
        db.session.add(season)
        db.session.flush()
        ids = [one.id for one in learners]
        db.session.execute(sa.update(Enrollment).where(Enrollment.class_id == project.id, Enrollment.person_id.in_(ids)).values(season_id=season.id))
    return season


def titles(page: Any) -> list[str]:
    return [one.text_content().strip() for one in page(".topic-line__title")]


def told(person: Any) -> list[str]:
    return list(db.session.scalars(sa.select(Notification.kind).where(Notification.person_id == person.id)))


@pytest.fixture
def room(cast):
    """A class with two assignments, a learner and a mate."""
    project = make_class(cast.instructor, assignments=2)
    return project, make_learner(project, "learner"), make_learner(project, "mate")


def test_begin_answer_follow_and_mute(room, cast, browse) -> None:
    project, learner, mate = room
    browser, other, about = browse(learner), browse(mate), project.assignments[1].title
    here = f"{project.url}/topics"
    assert "Nobody has said anything here yet" in browser.get(here).text
    empty = browser.post(f"{here}/new", {"title": " ", "body": ""})
    assert empty.status == 422 and len(empty(".field__error")) == 2
    sent = {"title": "Which  pen?", "body": "Mine **blots**.", "assignment": "2", "once": "k1"}
    made = browser.post(f"{here}/new", sent)
    assert made.status == 303 and browser.post(f"{here}/new", sent).location == made.location
    where = made.location
    page = other.get(where)
    assert page("h1")[0].text_content() == "Which pen?" and page(".comment strong")[0].text_content() == "blots"
    assert about in page("main")[0].text_content()
    # The board, the class room and the assignment name it; the other assignment does not.
    for address, is_there in ((here, True), (f"{project.url}/room", True), (f"{project.url}/assignments/2", True), (f"{project.url}/assignments/1", False)):
        assert ("Which pen?" in titles(other.get(address))) is is_there, address
    # Who takes part follows; who follows is told; nobody is told twice or of their own.
    said = {"body": "A pencil.", "once": "k2"}
    assert other.post(f"{where}/comments", said).status == 303 == other.post(f"{where}/comments", said).status
    assert told(learner) == ["topic_answered"] and told(mate) == []
    line = browser.get("/account/notifications")(".notification-line__words")[0].text_content()
    assert " ".join(line.split()) == "Mate said something in “Which pen?”"
    assert browser.post(f"{where}/follow/delete").status == 303
    other.post(f"{where}/comments", {"body": "Or ink."})
    assert told(learner) == ["topic_answered"]
    # Saying something does not undo the silence that was asked for.
    browser.post(f"{where}/comments", {"body": "Thanks."})
    other.post(f"{where}/comments", {"body": "Gladly."})
    assert told(learner) == ["topic_answered"] and told(mate) == ["topic_answered"]
    browser.post(f"{where}/follow")
    other.post(f"{where}/comments", {"body": "Once more."})
    assert told(learner) == ["topic_answered"] * 2
    topic = db.session.scalar(sa.select(Topic).execution_options(populate_existing=True))
    assert topic.comments_count == 5


def test_the_board_is_in_order_and_is_searched_inside(room, cast, browse) -> None:
    project, learner, mate = room
    start = clock.now()
    made = []
    for number in range(40):
        with clock.at(start + timedelta(minutes=number)):
            made.append(open_topic(project, learner, f"Topic {number}", "100% of _it_", assignment=project.assignments[0] if number == 3 else None))
    with clock.at(start + timedelta(hours=2)):
        answer(made[5], mate, "A word about Tinte, only here.")
    leader = browse(cast.instructor)
    assert leader.post(f"{project.url}/topics/{made[0].id}/pin").status == 303
    browser, here = browse(learner), f"{project.url}/topics"
    first = browser.get(here)
    assert titles(first)[:3] == ["Topic 0", "Topic 5", "Topic 39"] and first.queries and len(first.queries) <= 14
    more = first(".load-more")[0].get("href")
    rest = browser.get(more)
    assert titles(first) + titles(rest) == ["Topic 0", "Topic 5", *[f"Topic {n}" for n in range(39, 0, -1) if n != 5]]
    part = browser.get(more, headers={"HX-Request": "true"})
    assert len(titles(part)) == 9 and not part("h1")
    # Words in titles and in what was said; wild cards are letters.
    assert titles(browser.get(f"{here}?q=tinte")) == ["Topic 5"]
    assert titles(browser.get(f"{here}?q=tinte+topic")) == ["Topic 5"]
    assert titles(browser.get(f"{here}?q=topic+17")) == ["Topic 17"]
    assert titles(browser.get(f"{here}?q=topic_1")) == [] and "Nothing here speaks of that" in browser.get(f"{here}?q=nowhere").text
    assert titles(browser.get(f"{here}?assignment=1")) == ["Topic 3"]
    assert titles(browser.get(f"{here}?assignment=99")) == titles(first)
    # What was taken back is not found.
    comment = board.get_answer(made[5], db.session.scalar(sa.text("SELECT max(id) FROM comments")))
    taken = browse(mate).post(f"{here}/{made[5].id}/comments/{comment.id}/delete")
    assert taken.status == 303 and titles(browser.get(f"{here}?q=tinte")) == []
    assert browser.get(f"{here}/{made[5].id}/comments/{comment.id}/delete").status == 404


def test_a_page_costs_the_same_however_many_there_are(room, browse) -> None:
    project, learner, mate = room
    topic = open_topic(project, learner)
    browser = browse(mate)
    costs = {}
    for many in (1, 25):
        for number in range(many):
            open_topic(project, learner, f"Another {number}")
            answer(topic, learner, f"And {number}")
        costs[many] = [len(browser.get(address).queries) for address in (f"{project.url}/topics", f"{project.url}/topics/{topic.id}")]
    assert costs[1] == costs[25] and max(costs[25]) <= 14, costs


def test_closing_pinning_and_taking_away(room, cast, browse) -> None:
    project, learner, mate = room
    topic = open_topic(project, learner)
    where = f"{project.url}/topics/{topic.id}"
    leader, browser, other = browse(cast.instructor), browse(learner), browse(mate)
    assert other.post(f"{where}/closing").status == 403 == other.post(f"{where}/pin").status
    assert leader.post(f"{where}/closing").status == 303
    assert other.post(f"{where}/comments", {"body": "x"}).status == 403
    assert not other.get(where)(".comment-form") and leader.get(where)(".comment-form")
    assert leader.post(f"{where}/comments", {"body": "The last word."}).status == 303
    assert leader.post(f"{where}/closing/delete").status == 303
    assert other.post(f"{where}/comments", {"body": "x"}).status == 303
    for number in range(5):
        assert leader.post(f"{project.url}/topics/{open_topic(project, learner, f'P{number}').id}/pin").status == 303
    full = leader.post(f"{where}/pin")
    assert full.status == 422 and "Five topics are pinned already" in full.text
    # Others cannot; who leads gives a reason (P17), which its author reads; one's own goes without.
    assert other.get(f"{where}/delete").status == 403 == other.post(f"{where}/delete").status
    assert leader.get(f"{where}/delete").status == 200
    assert leader.post(f"{where}/delete", {"reason": " "}).status == 422
    assert leader.post(f"{where}/delete", {"reason": "It names somebody who is not here."}).status == 303
    mail = db.session.scalar(sa.select(Mail))
    assert mail.person_id == learner.id and mail.context["reason"] == "It names somebody who is not here."
    assert browser.get(where).status == 404 and "Which pen?" not in browser.get(f"{project.url}/topics").text
    own = open_topic(project, learner, "Mine")
    assert browser.post(f"{project.url}/topics/{own.id}/delete").status == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Mail)) == 1


def test_P4_who_is_not_in_the_class_learns_nothing(room, cast, browse, client) -> None:
    project, learner, mate = room
    topic = open_topic(project, learner, f"{SECRET} first", f"{SECRET} said")
    end = clock.now() + timedelta(days=3)
    lapsing = make_person("lapsing")
    give_membership(lapsing, ends_at=end)
    join(lapsing, project)
    with transaction():
        actions.follow_topic(topic, lapsing)
    where = f"{project.url}/topics/{topic.id}"
    answer(topic, mate)
    addresses = [f"{project.url}/topics", f"{project.url}/topics?q={SECRET}", f"{project.url}/topics/new", where, f"{where}/delete"]
    assert SECRET in browse(lapsing).get("/account/notifications").text
    with clock.at(end + timedelta(seconds=1)):
        outsiders = {"visitor": client, **{who: browse(getattr(cast, who)) for who in ("free", "subscriber", "lapsed", "other_instructor")}, "P2": browse(lapsing)}
        for who, browser in outsiders.items():
            for address in addresses:
                page = browser.get(address)
                assert page.status in (303, 403), (who, address, page.status)
                assert f"{SECRET} " not in page.text, (who, address)
            assert browser.post(f"{where}/comments", {"body": "x"}).status in (303, 403), who
            assert browser.post(f"{where}/follow").status in (303, 403), who
            assert SECRET not in browser.get(project.url).text
        # Not even what they were told while they were in.
        page = browse(lapsing).get("/account/notifications")
        assert SECRET not in page.text and "Mate" not in page.text and "not open to you now" in page.text
        assert SECRET not in str(browse(lapsing).get("/account/notifications", headers={"Accept": "application/json"}).text)
    # A topic of one class is not found under another's address.
    other = make_class(cast.instructor)
    assert browse(cast.instructor).get(f"{other.url}/topics/{topic.id}").status == 404


def test_a_cohorts_talk_is_its_own(room, cast, browse) -> None:
    project, learner, mate = room
    season = make_season(project, mate)
    topic = open_topic(project, mate, f"{SECRET} among us", season=season)
    here, where = f"{project.url}/topics", f"{project.url}/topics/{topic.id}"
    for who, status in ((mate, 200), (cast.instructor, 200), (cast.staff, 200), (learner, 404)):
        browser = browse(who)
        assert browser.get(where).status == status
        for address in (here, f"{here}?season=1", f"{project.url}/room", f"{here}?q={SECRET}"):
            assert (f"{SECRET} among us" in titles(browser.get(address))) is (status == 200), (who.handle, address)
    assert browse(learner).get(f"{here}/new")("#season") == [] and browse(mate).get(f"{here}/new")("#season")
    # A learner cannot put anything into a cohort that is not theirs, nor announce.
    browse(learner).post(f"{here}/new", {"title": "To all", "body": "Hello", "season": "1", "is_announcement": "y"})
    made = db.session.scalar(sa.select(Topic).where(Topic.title == "To all"))
    assert made.season_id is None and not made.is_announcement
    # Who leaves the cohort hears no more of it.
    with transaction():
        actions.follow_topic(topic, learner)
    answer(topic, cast.instructor)
    assert told(mate) == ["topic_answered"] and told(learner) == []


def test_the_policy_of_topics(room, cast) -> None:
    """Person by permission by state."""
    project, learner, mate = room
    season = make_season(project, mate)
    P = Permission
    people = {"visitor": None, "free": cast.free, "subscriber": cast.subscriber, "lapsed": cast.lapsed, "author": learner, "mate": mate,
              "leader": cast.instructor, "other": cast.other_instructor, "staff": cast.staff}  # fmt: skip
    insiders = {"author", "mate", "leader", "staff"}
    states = {
        "open": ({"author", "mate", "leader", "staff"}, {"author", "mate", "leader", "staff"}, {"author", "leader", "staff"}),
        "closed": ({"author", "mate", "leader", "staff"}, {"leader", "staff"}, {"author", "leader", "staff"}),
        "cohort": ({"mate", "leader", "staff"}, {"mate", "leader", "staff"}, {"author", "leader", "staff"}),
        "deleted": (set(), set(), set()),
    }
    for state, (see, speak, take) in states.items():
        topic = open_topic(project, learner, season=season if state == "cohort" else None)
        now = clock.now()
        with transaction():
            topic.closed_at = now if state == "closed" else None
            topic.deleted_at = now if state == "deleted" else None
        for who, person in people.items():
            token = memo.open_memo()
            found = {p: bool(may(person, p, topic)) for p in (P.VIEW_TOPIC, P.ANSWER_TOPIC, P.DELETE_TOPIC, P.TEND_TOPIC)}
            on_class = {p: bool(may(person, p, project)) for p in (P.VIEW_BOARD, P.OPEN_TOPIC, P.ANNOUNCE)}
            memo.close_memo(token)
            assert found == {
                P.VIEW_TOPIC: who in see, P.ANSWER_TOPIC: who in speak, P.DELETE_TOPIC: who in take, P.TEND_TOPIC: who in see & {"leader", "staff"},
            }, (state, who)  # fmt: skip
            assert on_class == {P.VIEW_BOARD: who in insiders, P.OPEN_TOPIC: who in insiders, P.ANNOUNCE: who in {"leader", "staff"}}, who


def test_an_announcement_reaches_everybody_once_whatever_crashes(room, cast, app, monkeypatch) -> None:
    project, learner, mate = room
    end = clock.now() + timedelta(days=1)
    lapsing, gone = make_person("lapsing"), make_learner(project, "gone")
    give_membership(lapsing, ends_at=end)
    join(lapsing, project)
    more = [make_learner(project) for _ in range(5)]
    with transaction():
        queries_of = db.session.scalar(sa.select(Enrollment).where(Enrollment.person_id == gone.id))
        queries_of.left_at = clock.now()
    monkeypatch.setattr(announcing, "TURN", 3)
    with clock.at(end + timedelta(hours=1)):
        topic = open_topic(project, cast.instructor, "We meet on Friday", "At **six**.", is_announcement=True)
        assert (announcing.mail_announcement, (topic.id,)) in app.config["RECORDED_JOBS"]
        # A worker dies in the middle of the second turn, after half of its mails.
        calls, real = [], actions.queue_mail

        def dying(*args: Any, **named: Any) -> Any:
            calls.append(args)
            if len(calls) == 5:
                raise RuntimeError("the power went")
            return real(*args, **named)

        monkeypatch.setattr(actions, "queue_mail", dying)
        with pytest.raises(RuntimeError):
            announcing.mail_announcement(topic.id)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Mail)) == 2
        app.config["RECORDED_JOBS"].clear()
        announcing.sweep_announcements()
        assert app.config["RECORDED_JOBS"] == []  # not forgotten yet
    with clock.at(end + timedelta(hours=2)):
        announcing.sweep_announcements()
        assert app.config["RECORDED_JOBS"] == [(announcing.mail_announcement, (topic.id,))]
        announcing.mail_announcement(topic.id)
        announcing.mail_announcement(topic.id)
        mailed = sorted(db.session.scalars(sa.select(Mail.person_id)))
        assert mailed == sorted(one.id for one in (learner, mate, *more))  # not who left, not who lapsed (P2)
        assert sorted(db.session.scalars(sa.select(Notification.person_id))) == mailed
        db.session.expire_all()
        stale = board.find_topic_by_id(topic.id)
        assert stale.mailed_at is not None
        # A second worker that still believes in an earlier turn does nothing.
        db.session.expunge(stale)
        stale.mailed_to_id = 0
        with transaction():
            assert not actions.record_mailed(stale, [], 10**6, "x")
        app.config["RECORDED_JOBS"].clear()
        announcing.sweep_announcements()
        assert app.config["RECORDED_JOBS"] == []


def test_a_seasons_announcement_is_for_its_cohort(room, cast, browse, app) -> None:
    project, learner, mate = room
    make_season(project, mate)
    sent = {"title": "Only you", "body": "Bring *ink*.", "season": "1", "is_announcement": "y"}
    made = browse(cast.instructor).post(f"{project.url}/topics/new", sent)
    assert made.status == 303
    job, arguments = next(one for one in app.config["RECORDED_JOBS"] if one[0] is announcing.mail_announcement)
    job(*arguments)
    mail = db.session.scalars(sa.select(Mail)).one()
    assert mail.person_id == mate.id and told(learner) == []
    from classprojects.notifications import queries as mails
    from classprojects.notifications.jobs import compose_mail

    letter = compose_mail(mails.get_mail(mail.id), "mate@example.test")
    assert letter.subject == "Only you" and "Bring *ink*." in letter.text and f"http://localhost{made.location}" in letter.text
    assert "Instructor announced “Only you”" in " ".join(browse(mate).get("/account/notifications")(".notification-line__words")[0].text_content().split())


def test_P20_leaving_takes_ones_words_along(room, cast, browse) -> None:
    project, learner, mate = room
    alone, answered = open_topic(project, learner, f"{SECRET} alone"), open_topic(project, learner, f"{SECRET} answered")
    answer(answered, mate, "I know.")
    theirs = open_topic(project, mate, "Of the mate")
    answer(theirs, learner, f"{SECRET} said")
    import io
    import json
    import zipfile

    from classprojects.web.accounts.export import write_export

    target = io.BytesIO()
    write_export(learner, target)
    with zipfile.ZipFile(target) as archive:
        assert [one["title"] for one in json.loads(archive.read("topics.json"))] == [f"{SECRET} alone", f"{SECRET} answered"]
    with transaction():
        leave(learner)
    browser = browse(mate)
    page = browser.get(f"{project.url}/topics")
    assert titles(page) == ["Of the mate", "Begun by somebody who left"] or sorted(titles(page)) == ["Begun by somebody who left", "Of the mate"]
    assert SECRET not in page.text + browser.get(f"{project.url}/topics/{answered.id}").text
    assert browser.get(f"{project.url}/topics/{alone.id}").status == 404
    assert board.get_topic(project.slug, theirs.id).comments_count == 0
    assert db.session.scalar(sa.text(f"SELECT count(*) FROM thread_follows WHERE person_id = {learner.id}")) == 0
