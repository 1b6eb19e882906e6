"""People and things to try the product with, made by the product's own actions inside a running site.

    python -m tests.browser.scenes <scene>      (in the environment of the site)

Prints what a test needs to know as one line of JSON.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from werkzeug.datastructures import FileStorage

from classprojects.accounts.models import Person, Role
from classprojects.accounts.queries import get_person_by_handle
from classprojects.app import create_app
from classprojects.classes import actions as classes
from classprojects.classes.actions import (
    AssignmentDraft,
    ClassDraft,
    LessonDraft,
    board,
    people,
    reviewing,
    showcase,
    talk,
)
from classprojects.classes.actions.board import TopicDraft
from classprojects.classes.actions.notes import keep_note
from classprojects.classes.actions.prerequisites import require_answers
from classprojects.classes.actions.rubrics import Criterion, RubricLevel
from classprojects.classes.actions.saved_replies import ReplyDraft, save_reply
from classprojects.classes.actions.seasons import SeasonDraft, join_season, plan_season
from classprojects.classes.anchors import Passage, RemarkDraft
from classprojects.classes.models import InstructorRole
from classprojects.classes.queries import board as topics
from classprojects.classes.queries import get_class, get_lesson
from classprojects.classes.queries.feedback import get_feedback
from classprojects.classes.queries.reviews import get_review
from classprojects.classes.queries.seasons import get_season
from classprojects.completion.actions import complete_class
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.earnings.actions import compute_month
from classprojects.gateways.credential_keys import find_keys
from classprojects.media import actions as media
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.media.queries import find_file
from classprojects.policy.viewing import viewer_for
from classprojects.works import actions as works
from classprojects.works import claims, queries, sources
from classprojects.works.models import Medium
from tests.factories.classes import CAPTIONS, add_assignment, join, make_class, say, submit
from tests.factories.media import film_file, picture_file, sound_file
from tests.factories.memberships import give_membership
from tests.factories.people import make_person
from tests.factories.prompts import make_prompt
from tests.factories.works import make_work


def main() -> None:
    """Plays one scene."""
    app = create_app()
    with app.app_context():
        print(json.dumps(SCENES[sys.argv[1]]()))


def cast() -> dict[str, Any]:
    """One person for each role, two prompts and a class to join."""
    staff = make_person("house", [Role.STAFF], name="Hana House")
    instructor = make_person("teacher", [Role.INSTRUCTOR], name="Tove Teacher")
    free = make_person("free", name="Femi Free")
    subscriber = make_person("member", name="Mo Member")
    give_membership(subscriber)
    door = make_prompt(
        staff, "A door you have never opened", medium=Medium.IMAGE, takes="1 photo", role="community team"
    )
    rain = make_prompt(staff, "Four words about rain", role="community team", body="Rain, in **four** words.")
    films = film_class(instructor)
    join(subscriber, films)
    return {
        "people": {"staff": "house", "instructor": "teacher", "free": "free", "subscriber": "member"},
        "prompts": {"image": door.slug, "text": rain.slug},
        "class": films.slug,
        "makers": {"free": free.id, "subscriber": subscriber.id},
    }


def film_class(instructor: Person) -> Any:
    """A class about short films: a free text, a film for members, something to shoot, something to remix."""
    film = take_in(instructor, "film.mp4", MediaPurpose.LESSON)
    with transaction():
        project = classes.create_class(
            instructor,
            ClassDraft(
                title="Six-second films",
                outcome="A film of six seconds that somebody watches twice.",
                medium=Medium.VIDEO,
                description="You shoot, you cut, you show it. Everything is small, and everything gets an answer.",
            ),
            "Shoots films that are shorter than their titles.",
        )
        preview = LessonDraft(
            title="Look before you shoot", body="Stand still for a minute. *Then* take out the camera.", is_preview=True
        )
        classes.add_lesson(project, preview, instructor)
        lesson = LessonDraft(
            title="One shot is enough",
            body="The secret of the single shot.",
            file=film,
            captions=CAPTIONS,
            captions_language="en",
        )
        classes.add_lesson(project, lesson, instructor)
        first = AssignmentDraft(
            title="Shoot six seconds",
            brief="Film something that moves by itself.",
            media_allowed=(Medium.VIDEO,),
            minutes=15,
        )
        classes.add_assignment(project, first, instructor)
        second = AssignmentDraft(
            title="Turn somebody's film round", brief="Take a classmate's film and say it in words.", from_number=1,
            media_allowed=(Medium.TEXT, Medium.VIDEO), minutes=20, feedback_count=1,
        )  # fmt: skip
        classes.add_assignment(project, second, instructor)
    wait_for_file(film.id)
    with transaction():
        classes.publish_class(get_class(project.slug))
    return project


def wait_for_file(file_id: int) -> None:
    """Until the site's worker has prepared a file; a class with a film that is not ready cannot be published."""
    deadline = time.monotonic() + 60
    while not ((file := find_file(file_id)) and file.is_ready):
        assert time.monotonic() < deadline, f"file {file_id} is not prepared"
        db.session.rollback()
        db.session.expire_all()
        time.sleep(0.2)


def gallery() -> dict[str, Any]:
    """Things in every state, so that every screen has something to show. Needs the cast."""
    free, subscriber, instructor = (get_person_by_handle(handle) for handle in ("free", "member", "teacher"))
    picture = make_work(
        free, medium=Medium.IMAGE, title="The blue door", alt_text="A door, blue, half open", tags=("doors", "blue"),
        file_id=take_in(free, "door.jpg").id, note="Found on the way home.\n\nIt was open.",
    )  # fmt: skip
    sound = make_work(
        subscriber,
        medium=Medium.AUDIO,
        title="Door, creaking",
        sources=[picture],
        file_id=take_in(subscriber, "creak.wav").id,
    )
    film = make_work(
        free,
        medium=Medium.VIDEO,
        title="Door, in the wind",
        sources=[picture, sound],
        file_id=take_in(free, "wind.mp4").id,
    )
    words = make_work(subscriber, title="باب أزرق", body="وراء الباب\nبحر صغير", language="ar", sources=[film])
    gone = make_work(free, title="A mistake", sources=[words])
    child = make_work(subscriber, title="What grew from a mistake", sources=[gone])
    draft = make_work(free, title="Not yet", publish=False)
    with transaction():
        works.erase_work(queries.get_work(gone.id))
        works.heart_work(subscriber, queries.get_work(picture.id))
        works.comment_on_work(subscriber, queries.get_work(picture.id), "The **hinge** is the best part.")
        works.comment_on_work(free, queries.get_work(picture.id), "Thank you. It creaks, too.")
        suggestion = sources.suggest_source(
            instructor, queries.get_work(words.id), picture.id, viewer=viewer_for(instructor), note="The same blue."
        )
        dispute = sources.dispute_edge(free, claims.get_edge(words.id, film.id), "My door stays shut in the wind.")
    with transaction():
        sources.reply_to_dispute(subscriber, claims.get_dispute(dispute.id), "It opens at the end.")
    letters = make_class(instructor, title="Letters that arrive", lessons=3, assignments=2)
    join(subscriber, letters)
    answer = submit(subscriber, letters, 1, title="To my brother", body="Dear you,\n\nit rained.")
    with transaction():
        note = keep_note(subscriber, get_lesson(letters.slug, 2), "Write to him before Sunday.\nWhileherememberswhatitwas" + "e" * 60)
    feedback = say(
        instructor, answer, "The rain stays with me.", as_instructor=True, try_next="Say what the rain sounded like.",
        remarks=(RemarkDraft("This is where I heard it.", Passage("it rained")),),
    )  # fmt: skip
    with transaction():
        talk.reply_to_feedback(get_feedback(feedback.id), subscriber, "Like peas on a *lid*.", as_instructor=False)
        talk.report_feedback(get_feedback(feedback.id), subscriber, "Only so that somebody sees what a report looks like.")
        save_reply(instructor, ReplyDraft("Say how it sounded", try_next="Say what it sounded like."))
    unfinished = make_class(instructor, title="A class in the making", lessons=1, assignments=1, publish=False)
    with transaction():
        topic = board.open_topic(letters, subscriber, TopicDraft("Which pen does not blot?", "Mine does, *always*, on the last line."))
    with transaction():
        board.answer_topic(topics.get_topic(letters.slug, topic.id), instructor, "A pencil.\n\n- It smells of school.\n- It forgives.")
    done = make_class(instructor, title="One letter", lessons=1, assignments=1)
    join(subscriber, done)
    only = submit(subscriber, done, 1, title="The only letter", body="Dear all,\n\nhere it is.")
    with transaction():
        credential = complete_class(subscriber, done.id, find_keys())
        entry = showcase.choose_work(done, only.work_id, instructor, "It says all that it has to say.")
        showcase.agree_to_showcase(entry, subscriber, share=True)
        showcase.publish_showcase(done)
        (period,) = compute_month(date(2025, 1, 1), 400, "USD")
    return {
        "works": {
            "image": picture.id, "audio": sound.id, "video": film.id, "text": words.id, "gone": gone.id, "child": child.id,
            "draft": draft.id, "class": answer.work_id,
        },
        "note": note.id,
        "classes": {"published": letters.slug, "draft": unfinished.slug},
        "season": begin_season(instructor, subscriber),
        "written": write_with_others(instructor, free),
        "submission": answer.id,
        "feedback": feedback.id,
        "suggestion": suggestion.id,
        "topic": topic.id,
        "done": done.slug,
        "credential": credential.public_id if credential else None,
        "entry": entry.id,
        "period": period.id,
    }  # fmt: skip


def write_with_others(instructor: Person, guest: Person) -> dict[str, Any]:
    """A class that staff look at, in which one thing opens after another, and which ``guest`` is asked to lead too."""
    project = make_class(instructor, title="Letters to look at", lessons=2, assignments=2, publish=False)
    levels = (RubricLevel("Not yet"), RubricLevel("There", "One hears it."))
    with transaction():
        known = get_class(project.slug)
        draft = AssignmentDraft(
            "A letter", "Write.", (Medium.TEXT,), rubric=(Criterion("Voice", "Whose is it?", levels), Criterion("Ending", levels=levels))
        )
        classes.edit_assignment(known, known.assignments[0], draft, known.assignments[0].version, instructor)
        require_answers(known, known.lessons[1], [known.assignments[0].number])
        invitation = people.invite_instructor(known, instructor, guest.handle or "", InstructorRole.ASSISTANT)
        review = reviewing.send_to_review(known, instructor, "Is it too short?")
    with transaction():
        reviewing.say_in_review(get_review(review.id), instructor, "I mean the *second* lesson.")
    return {"class": project.slug, "review": review.id, "invitation": invitation.id}


def begin_season(instructor: Person, learner: Person) -> str:
    """A class with a season that began a week ago, and somebody who learns in it; the class's address."""
    project = make_class(instructor, title="Letters through the winter", lessons=3, assignments=2)
    starts_at = clock.now().replace(hour=18, minute=0, second=0, microsecond=0) - timedelta(days=7)
    # Journeys let weeks pass on the same site: what is closed now has to be closed then.
    with transaction():
        draft = SeasonDraft("Winter", starts_at, starts_at + timedelta(days=168), "Europe/Berlin", "Tuesdays, by the stove.", 12)
        plan_season(get_class(project.slug), draft)
    with transaction():
        join_season(learner, get_season(project.slug, 1))
    return project.slug


def take_in(person: Person, name: str, purpose: MediaPurpose = MediaPurpose.WORK) -> MediaFile:
    """A file of the kind that its name says, uploaded by ``person``."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        if path.suffix == ".jpg":
            picture_file(path, 1200, 800)
        elif path.suffix == ".wav":
            sound_file(path, 3.0)
        else:
            film_file(path, 6.0, 640, 360)
        with path.open("rb") as stream:
            received = media.receive_upload(FileStorage(stream=stream, filename=name), ("image", "audio", "video"))
    with transaction():
        return media.keep_upload(person, received, purpose)


def uploaders() -> dict[str, Any]:
    """A few people who only want to post, or to subscribe."""
    return {"people": [make_person(f"uploader-{number}").handle for number in range(4)]}


def sounds() -> dict[str, Any]:
    """Two sounds, each by somebody else."""
    makers = [make_person(f"sound-maker-{number}", name=name) for number, name in enumerate(("Ines Ink", "Kofi Key"))]
    titles = ("A tap that drips", "Keys on a table")
    files = [take_in(maker, "sound.wav").id for maker in makers]
    works = [
        make_work(maker, medium=Medium.AUDIO, title=title, file_id=file)
        for maker, title, file in zip(makers, titles, files, strict=True)
    ]
    for file in files:
        wait_for_file(file)
    return {"works": [work.id for work in works], "titles": titles}


def cohort() -> dict[str, Any]:
    """Ten people with a membership, and a class of letters in which each answers a classmate's; its instructor leads no other."""
    instructor = make_person("letters", [Role.INSTRUCTOR], name="Lotte Letters")
    project = make_class(instructor, title="Ten letters", lessons=1, assignments=0, publish=False)
    rules: dict[str, Any] = {"media_allowed": (Medium.TEXT,), "minutes": 10}
    add_assignment(project, instructor, title="A letter", brief="Write to somebody you miss.", **rules)
    add_assignment(project, instructor, title="An answer", brief="Answer it.", from_number=1, feedback_count=2, **rules)
    with transaction():
        classes.publish_class(get_class(project.slug))
    learners = [make_person(f"learner-{number}", name=f"Lea {number}") for number in range(1, 11)]
    for learner in learners:
        give_membership(learner)
    return {"class": project.slug, "instructor": instructor.handle, "learners": [learner.handle for learner in learners]}


def answers() -> dict[str, Any]:
    """Somebody handed in a picture, a sound and a text, one after the other; nobody has said anything."""
    learner, instructor = (get_person_by_handle(handle) for handle in ("member", "teacher"))
    project = make_class(instructor, title="One of each", lessons=1, assignments=0, publish=False)
    rubric = [{"id": "look", "title": "Looking closely", "help": "", "levels": [{"label": "from afar", "help": ""}, {"label": "very near", "help": ""}]}]
    for title, medium in (("A picture", Medium.IMAGE), ("A sound", Medium.AUDIO), ("A text", Medium.TEXT)):
        add_assignment(project, instructor, title=title, brief="Make it.", media_allowed=(medium,), minutes=5)
    with transaction():
        classes.publish_class(get_class(project.slug))
    join(learner, project)
    files = take_in(learner, "street.jpg"), take_in(learner, "street.wav")
    for file in files:
        wait_for_file(file.id)
    made = [
        submit(learner, project, 1, medium=Medium.IMAGE, title="The street", body="", file_id=files[0].id, alt_text="A street"),
        submit(learner, project, 2, medium=Medium.AUDIO, title="The street, heard", body="", file_id=files[1].id),
        submit(learner, project, 3, title="The street, said", body="The street is empty.\n\nOnly the *wind* walks here, and the dog.", medium=Medium.TEXT),
    ]
    with transaction():
        get_class(project.slug).assignments[2].rubric = rubric
    return {"class": project.slug, "submissions": [one.id for one in made]}


SCENES: dict[str, Callable[[], dict[str, Any]]] = {"cast": cast, "gallery": gallery, "uploaders": uploaders, "sounds": sounds, "cohort": cohort, "answers": answers}

if __name__ == "__main__":
    main()
