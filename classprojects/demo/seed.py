"""Makes the demo: everything in it happens through the actions that people use.

What happened is one list of moments in the order in which they were lived through,
and the clock is held at each. Everything asks first whether it is there, so that a
seeding that was interrupted goes on where it stopped, and a second one does nothing.
"""

from __future__ import annotations

import mimetypes
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from flask import current_app
from werkzeug.datastructures import FileStorage

from classprojects.accounts import actions as accounts
from classprojects.accounts.models import Person, Role
from classprojects.accounts.queries import find_person_by_handle
from classprojects.billing import actions as billing
from classprojects.billing import conversations
from classprojects.billing.models import GrantKind, Interval
from classprojects.billing.queries import find_customer_of, has_membership
from classprojects.classes import actions as classes
from classprojects.classes import queries as class_queries
from classprojects.classes.actions import AssignmentDraft, ClassDraft, FeedbackDraft, LessonDraft
from classprojects.classes.models import Assignment, ClassProject, Level
from classprojects.community import actions as community
from classprojects.community import collecting
from classprojects.community import queries as community_queries
from classprojects.community.actions import LocaleDraft, PromptDraft
from classprojects.community.collecting import CollectionDraft
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.core.ids import once_key, slugify
from classprojects.demo.authoring import write_with_others
from classprojects.demo.board import fill_boards
from classprojects.demo.content import shapes
from classprojects.demo.content.classes import CLASSES
from classprojects.demo.content.classwork import ENROLLED, SUBMISSIONS
from classprojects.demo.content.everything import WORKS, attempt_key, lesson_key, recipes
from classprojects.demo.content.people import PASSWORD, PEOPLE, ZONES
from classprojects.demo.content.prompts import PROMPTS
from classprojects.demo.content.talk import COMMENTS, FOLLOWS, HEARTS, SETS
from classprojects.demo.feedback import add_talk, remarks_of
from classprojects.demo.learning import add_learning
from classprojects.demo.lesson_tools import write_chapters
from classprojects.demo.media.library import make_all
from classprojects.demo.outcomes import show_outcomes
from classprojects.demo.seasons import plan_seasons
from classprojects.gateways.queue import enqueue
from classprojects.gateways.stripe import StripeTrouble
from classprojects.media import actions as media
from classprojects.media import jobs as media_jobs
from classprojects.media.actions import Received
from classprojects.media.models import MediaFile, MediaPurpose
from classprojects.media.queries import find_file
from classprojects.policy.viewing import viewer_for
from classprojects.works import actions as works
from classprojects.works import queries as work_queries
from classprojects.works.actions import ExternalDraft, SourceDraft, WorkDraft
from classprojects.works.models import EdgeKind, Medium, Work

Progress = Callable[[str], object]
#: how many moments are lived through in one transaction
BATCH = 30

PAYING = "noor"
#: a card of Stripe's published ones, for its own test mode
CARD = {"card_number": "4242 4242 4242 4242", "exp": "12 / 34", "cvc": "123", "name": "Noor Haddad"}


@dataclass(frozen=True)
class Moment:
    """Something that happened, so many days ago."""

    days: float
    live: Callable[[], object]


@dataclass
class Demo:
    """What the seeding knows by now: rows and files by the keys of the content."""

    now: datetime
    people: dict[str, int] = field(default_factory=dict)
    works: dict[str, int] = field(default_factory=dict)
    received: dict[str, Received] = field(default_factory=dict)
    lesson_files: dict[str, int] = field(default_factory=dict)
    #: files that a worker has yet to process, in the order in which they were posted
    waiting: list[int] = field(default_factory=list)
    #: the same of faces and covers: many pages lack something without them
    waiting_most: list[int] = field(default_factory=list)

    def at(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def person(self, handle: str) -> Person:
        person = find_person_by_handle(handle)
        if person is None:
            raise RuntimeError(f"{handle} has left the demo; empty the database and seed it again")
        return person

    def work(self, key: str) -> Work:
        return work_queries.get_plain_work(self.works[key])


def seed(progress: Progress = print) -> bool:
    """Make the demo, and say what is being made; False when it is there already."""
    demo = Demo(clock.now())
    if is_there():
        progress("The demo is there already.")
        return False
    remember_what_is_there(demo)
    wanted = list_wanted_files(demo)
    sign_everybody_up(demo)
    progress(f"Demo: {len(demo.people)} people signed up")
    make_files(demo, wanted, progress)
    show_faces(demo)
    give_memberships(demo)
    subscribe(demo, progress)
    moments = sorted(all_moments(demo), key=lambda moment: -moment.days)
    progress(f"Demo: living through {len(moments)} moments of the last {moments[0].days:.0f} days …")
    for start in range(0, len(moments), BATCH):
        with transaction():
            for moment in moments[start : start + BATCH]:
                with clock.at(demo.at(moment.days)):
                    moment.live()
    with clock.at(demo.at(1.1)):
        add_talk(demo.person)
    write_chapters(demo.now)
    write_with_others(demo.person, demo.now)
    add_learning(demo.person)
    plan_seasons(demo.person, demo.now)
    fill_boards(demo.person, demo.now)
    show_outcomes(demo.now)
    for file_id in (*demo.waiting, *demo.waiting_most):
        # The last one asked for is the first one served: faces and covers, then the newest works.
        enqueue(media_jobs.process_file, file_id, queue="media", timeout=600, at_front=True)
    progress(f"Demo: {len(WORKS)} open works, {len(PROMPTS)} prompts and {len(CLASSES)} class projects are there.")
    return True


def make_files(demo: Demo, wanted: Mapping[str, shapes.Media], progress: Progress) -> None:
    """Make what is wanted and receive it as it is done, on all the processors there are."""
    progress(f"Demo: drawing, playing and filming {len(wanted)} files …")
    app = current_app._get_current_object()  # type: ignore[attr-defined]

    def receive(key: str, path: Path) -> None:
        with app.app_context():
            take_in(demo, key, path)

    with tempfile.TemporaryDirectory(prefix="classprojects-demo-") as folder, ThreadPoolExecutor(2) as hands:
        received = []
        for count, (key, path) in enumerate(make_all(wanted, Path(folder)), start=1):
            received.append(hands.submit(receive, key, path))
            if count % 24 == 0:
                progress(f"Demo: {count} of {len(wanted)} files made")
        for one in received:
            one.result()


# What is there


def work_key(person_id: int, key: str) -> str:
    return once_key(person_id, f"demo-{key}") or ""


def is_there() -> bool:
    """Whether the last thing of the demo has happened."""
    last = min(
        (attempt for submission in SUBMISSIONS for attempt in submission.attempts), key=lambda attempt: attempt.work.days
    ).work
    person = find_person_by_handle(last.maker)
    return person is not None and work_queries.find_work_by_key(work_key(person.id, f"{last.key}-1")) is not None


def remember_what_is_there(demo: Demo) -> None:
    """Take up what an interrupted seeding has made."""
    people = {}
    for person in PEOPLE:
        known = find_person_by_handle(person.handle)
        if known is not None:
            people[person.handle] = known.id
    for work in WORKS:
        if work.maker in people:
            found = work_queries.find_work_by_key(work_key(people[work.maker], work.key))
            if found is not None:
                demo.works[work.key] = found.id
    for submission in SUBMISSIONS:
        work = submission.attempts[0].work
        if work.maker in people:
            found = work_queries.find_work_by_key(work_key(people[work.maker], f"{work.key}-1"))
            if found is not None:
                demo.works[work.key] = found.id


def list_wanted_files(demo: Demo) -> dict[str, shapes.Media]:
    """The recipes of what is missing, and of what that builds on."""
    everything = recipes()
    wanted: dict[str, shapes.Media] = {}

    def want(key: str) -> None:
        if key not in wanted:
            for source in everything[key].of:
                want(source)
            wanted[key] = everything[key]

    published = {project.key for project in CLASSES if class_queries.is_slug_taken(slugify(project.title))}
    for key in everything:
        is_made = key in demo.works or any(key in (f"cover-{one}", *_lesson_keys(one)) for one in published)
        if not is_made:
            want(key)
    return wanted


def _lesson_keys(class_key: str) -> list[str]:
    project = next(one for one in CLASSES if one.key == class_key)
    return [lesson_key(class_key, number) for number in range(1, len(project.outline) + 1)]


# People


def sign_everybody_up(demo: Demo) -> None:
    for one in PEOPLE:
        person = find_person_by_handle(one.handle)
        if person is None:
            with transaction(), clock.at(demo.at(one.days)):
                email = one.email or f"{one.handle}@people.demo.test"
                person = accounts.sign_up(one.handle, email, PASSWORD, name=one.name, language=one.language)
                accounts.prove_email(person, email)
                accounts.edit_profile(
                    person, name=one.name, bio=one.bio, country=one.country, language=one.language, time_zone=ZONES[one.country]
                )
                if one.role:
                    accounts.grant_role(person, Role(one.role))
        demo.people[one.handle] = person.id


def show_faces(demo: Demo) -> None:
    for one in PEOPLE:
        received = demo.received.get(f"portrait-{one.handle}")
        person = demo.person(one.handle)
        if received is not None and person.picture_key is None:
            with transaction():
                file = media.accept_upload(person, received, MediaPurpose.PICTURE)
                accounts.set_picture(person, file.public_id)
            demo.waiting_most.append(file.id)


def give_memberships(demo: Demo) -> None:
    """Gifts and scholarships, given by staff; the one who pays had a gift until today."""
    staff = demo.person("ines")
    reasons = {
        GrantKind.GIFT: "A year in the class projects, given by somebody who wanted to stay unnamed.",
        GrantKind.SCHOLARSHIP: "Scholarship of the spring round.",
    }
    for one in PEOPLE:
        if not one.membership:
            continue
        person = demo.person(one.handle)
        starts = demo.at(one.days - 1)
        if has_membership(person.id, starts + timedelta(hours=1)):
            continue
        kind = GrantKind.SCHOLARSHIP if one.membership == "scholarship" else GrantKind.GIFT
        ends = demo.now if one.handle == PAYING else starts + timedelta(days=365 * 2)
        with transaction(), clock.at(starts):
            billing.grant_membership(person, kind, starts, ends, staff, reasons[kind], f"demo-{one.handle}")


def subscribe(demo: Demo, progress: Progress) -> None:
    """The subscriber subscribes: in the sandbox by its hosted checkout, as anybody would; else by a gift."""
    person = demo.person(PAYING)
    if has_membership(person.id, clock.now()):
        return
    if current_app.config["SETTINGS"].billing_mode == "sandbox":
        try:
            address = conversations.open_checkout(person, Interval.MONTH)
            pay(address)
            customer = find_customer_of(person.id)
            if customer is not None:
                conversations.sync_customer(customer.id, with_checkouts=True, with_invoices=True)
        except (StripeTrouble, OSError) as problem:
            progress(f"Demo: the sandbox did not take the subscription ({problem}); a gift stands in for it.")
    if not has_membership(person.id, clock.now()):
        with transaction():
            billing.grant_membership(
                person, GrantKind.GIFT, demo.now, demo.now + timedelta(days=365), demo.person("ines"), "The demo's subscriber.", "demo-subscriber"
            )


def pay(address: str) -> None:
    """Fill in the sandbox's hosted form. What comes after it is for a browser, so it is not followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    if not address.startswith(current_app.config["SETTINGS"].stripe_api_base or "http://127.0.0.1"):
        raise OSError("the checkout is not in the sandbox")
    data = urllib.parse.urlencode(CARD).encode()
    try:
        urllib.request.build_opener(Stay).open(address, data, timeout=10).close()
    except urllib.error.HTTPError as answer:
        if answer.code != 303:
            raise


# Files


def take_in(demo: Demo, key: str, path: Path) -> None:
    """Receive a file as from a form. A lesson's file is processed at once: a class cannot be published before."""
    kind = (mimetypes.guess_type(path.name)[0] or "").partition("/")[0]
    if key in demo.works:
        return  # made again only because something else builds on it
    with path.open("rb") as stream:
        upload = FileStorage(stream, filename=f"{key}{path.suffix}")
        demo.received[key] = media.receive_upload(upload, {kind})
    if key.startswith("lesson-"):
        class_key = next(one.key for one in CLASSES if key in _lesson_keys(one.key))
        teacher = demo.person(next(one for one in CLASSES if one.key == class_key).instructors[0][0])
        with transaction():
            file = media.accept_upload(teacher, demo.received.pop(key), MediaPurpose.LESSON)
        media_jobs.process_file(file.id)
        demo.lesson_files[key] = file.id


def accept(demo: Demo, person: Person, key: str, purpose: MediaPurpose = MediaPurpose.WORK) -> MediaFile:
    """The file of this name, for good. Its own times are today's, whatever the moment: a worker is to see it as new."""
    with clock.at(demo.now):
        file = media.accept_upload(person, demo.received.pop(key), purpose)
    (demo.waiting_most if purpose is MediaPurpose.COVER else demo.waiting).append(file.id)
    return file


# Moments


def all_moments(demo: Demo) -> Iterator[Moment]:
    """Everything that happened, in no order yet."""
    for prompt in PROMPTS:
        yield Moment(prompt.days, partial(write_prompt, demo, prompt))
    for work in WORKS:
        yield Moment(work.days, partial(post_work, demo, work))
    for comment in COMMENTS:
        yield Moment(comment.days, partial(say, demo, comment))
    posted = {work.key: work.days for work in WORKS}
    for key, handles in HEARTS.items():
        for place, handle in enumerate(handles):
            days = max(0.05, posted[key] - 0.2 - place * 0.7)
            yield Moment(days, partial(heart, demo, key, handle))
    for place, (follower, followed) in enumerate(FOLLOWS):
        yield Moment(85 - place * 3.3, partial(follow, demo, follower, followed))
    for gathered in SETS:
        yield Moment(gathered.days, partial(gather, demo, gathered))
    yield from class_moments(demo, posted)
    for submission in SUBMISSIONS:
        yield from submission_moments(demo, submission)


def class_moments(demo: Demo, posted: dict[str, float]) -> Iterator[Moment]:
    for project in CLASSES:
        yield Moment(project.days, partial(teach, demo, project))
        late = [
            posted[key]
            for item in project.outline
            if isinstance(item, shapes.Assignment)
            for key in item.starters
            if posted[key] < project.days
        ]
        if late:
            yield Moment(min(late) - 0.1, partial(add_starters, demo, project))
        for handle, days in ENROLLED.get(project.key, ()):
            yield Moment(days, partial(join, demo, project, handle))


def submission_moments(demo: Demo, submission: shapes.Submission) -> Iterator[Moment]:
    for number, attempt in enumerate(submission.attempts, start=1):
        yield Moment(attempt.work.days, partial(hand_in, demo, submission, number))
        for place, feedback in enumerate(attempt.feedback):
            yield Moment(feedback.days, partial(answer, demo, submission, feedback, f"{number}-{place}"))
    last = submission.attempts[-1].work
    for place, handle in enumerate(submission.hearts):
        yield Moment(max(0.04, last.days - 0.3 - place * 0.2), partial(heart, demo, last.key, handle))
    if submission.shared:
        yield Moment(last.days - 0.25, partial(share, demo, last.key))


def write_prompt(demo: Demo, prompt: shapes.Prompt) -> None:
    if community_queries.find_prompt(slugify(prompt.title)) is not None:
        return
    community.write_prompt(
        demo.person(prompt.author),
        PromptDraft(
            medium=Medium(prompt.medium),
            title=prompt.title,
            takes=prompt.takes,
            body=prompt.body,
            difficulty=prompt.difficulty,
            closes_at=demo.now + timedelta(days=prompt.closes_in) if prompt.closes_in else None,
            locales=[LocaleDraft(one.language, one.title, one.takes, one.body, one.country) for one in prompt.locales],
        ),
        role=prompt.role,
    )


def post_work(demo: Demo, work: shapes.Work) -> None:
    if work.key in demo.works:
        return
    maker = demo.person(work.maker)
    file = accept(demo, maker, work.key) if work.media else None
    draft = draft_of(demo, work, file, f"demo-{work.key}")
    if work.prompt:
        prompt = community_queries.get_prompt(slugify(next(one for one in PROMPTS if one.key == work.prompt).title))
        made = community.answer_prompt(maker, prompt, draft, viewer=viewer_for(maker))
    else:
        made = works.create_work(maker, draft, viewer=viewer_for(maker))
    demo.works[work.key] = made.id


def draft_of(demo: Demo, work: shapes.Work, file: MediaFile | None, once: str) -> WorkDraft:
    return WorkDraft(
        medium=Medium(work.medium),
        title=work.title,
        body=work.body,
        note=work.note,
        alt_text=work.alt,
        language=work.language,
        tags=work.tags,
        file_id=file.id if file else None,
        sources=[SourceDraft(demo.works[one.work], EdgeKind(one.kind), one.note) for one in work.sources],
        external_sources=[ExternalDraft(one.address, one.author, one.licence) for one in work.outside],
        once=once,
    )


def say(demo: Demo, comment: shapes.Comment) -> None:
    once = f"demo-{comment.work}-{comment.author}-{comment.days}"
    works.comment_on_work(demo.person(comment.author), demo.work(comment.work), comment.body, once)


def heart(demo: Demo, key: str, handle: str) -> None:
    works.heart_work(demo.person(handle), demo.work(key))


def follow(demo: Demo, follower: str, followed: str) -> None:
    community.follow_person(demo.person(follower), demo.person(followed))


def gather(demo: Demo, gathered: shapes.Gathered) -> None:
    owner = demo.person(gathered.owner)
    draft = CollectionDraft(gathered.title, gathered.description, gathered.is_public, f"demo-{gathered.title}")
    collection = collecting.begin_collection(owner, draft)
    for key, note in gathered.works:
        collecting.add_to_collection(collection, demo.work(key), viewer=viewer_for(owner))
        if note:
            collecting.note_in_collection(collection, demo.works[key], note)


def share(demo: Demo, key: str) -> None:
    works.share_work(demo.work(key))


# Classes


def find_class(project: shapes.ClassProject) -> ClassProject:
    return class_queries.get_class(slugify(project.title))


def teach(demo: Demo, one: shapes.ClassProject) -> None:
    """Build a class project as in the studio, and publish it."""
    if class_queries.is_slug_taken(slugify(one.title)):
        return
    (lead, line), *others = one.instructors
    teacher = demo.person(lead)
    draft = ClassDraft(one.title, one.outcome, Medium(one.medium), Level(one.level), one.about, one.cover_alt)
    project = classes.create_class(teacher, draft, line)
    for handle, said in others:
        classes.add_instructor(project, demo.person(handle), said)
    cover = accept(demo, teacher, f"cover-{one.key}", MediaPurpose.COVER)
    classes.edit_class(project, draft, project.version, cover)
    lessons = 0
    for item in one.outline:
        project = class_queries.get_class_by_id(project.id)
        if isinstance(item, shapes.Lesson):
            lessons += 1
            classes.add_lesson(project, lesson_draft(demo, item, lesson_key(one.key, lessons)), teacher)
        else:
            classes.add_assignment(project, assignment_draft(demo, item), teacher)
    if one.published:
        classes.publish_class(class_queries.get_class_by_id(project.id))


def lesson_draft(demo: Demo, lesson: shapes.Lesson, key: str) -> LessonDraft:
    body = lesson.body
    for work in demo.works:
        body = body.replace(f"(work:{work})", f"(/works/{demo.works[work]})")
    return LessonDraft(
        title=lesson.title,
        body=body,
        file=find_file(demo.lesson_files[key]) if lesson.media else None,
        captions=lesson.captions,
        transcript=lesson.transcript,
        is_preview=lesson.preview,
        minutes=lesson.minutes,
    )


def assignment_draft(demo: Demo, assignment: shapes.Assignment, note: str = "") -> AssignmentDraft:
    return AssignmentDraft(
        title=assignment.title,
        brief=assignment.brief,
        media_allowed=tuple(Medium(medium) for medium in assignment.media),
        minutes=assignment.minutes,
        from_number=assignment.remix_of,
        feedback_count=assignment.feedback_to,
        is_required=assignment.required,
        starter_ids=tuple(demo.works[key] for key in assignment.starters if key in demo.works),
        note=note,
    )


def add_starters(demo: Demo, one: shapes.ClassProject) -> None:
    """Offer works that were posted after the class had begun."""
    teacher = demo.person(one.instructors[0][0])
    wanted = [item for item in one.outline if isinstance(item, shapes.Assignment)]
    for number, assignment in enumerate(wanted, start=1):
        project = find_class(one)
        held = next(item for item in project.assignments if item.number == number)
        there = [work.id for work in class_queries.list_starters(held)]
        if set(there) != {demo.works[key] for key in assignment.starters}:
            draft = assignment_draft(demo, assignment, "More works to begin with")
            classes.edit_assignment(project, held, draft, held.version, teacher)


def join(demo: Demo, one: shapes.ClassProject, handle: str) -> None:
    classes.join_class(demo.person(handle), find_class(one))


def hand_in(demo: Demo, submission: shapes.Submission, number: int) -> None:
    work = submission.attempts[number - 1].work
    maker = demo.person(work.maker)
    assignment = find_assignment(submission)
    known = class_queries.find_submission(assignment, maker)
    if known is not None and known.attempts_count >= number:
        return
    for lesson in assignment.project.lessons:
        if lesson.position < assignment.position:
            classes.finish_lesson(maker, lesson)
    key = work.key if number == len(submission.attempts) else attempt_key(work.key, number)
    file = accept(demo, maker, key) if work.media else None
    draft = draft_of(demo, work, file, f"demo-{work.key}-{number}")
    handed = classes.submit_work(maker, assignment, draft, viewer_for(maker))
    demo.works[work.key] = handed.work_id


def find_assignment(submission: shapes.Submission) -> Assignment:
    one = next(project for project in CLASSES if project.key == submission.class_key)
    return class_queries.get_assignment(slugify(one.title), submission.assignment)


def answer(demo: Demo, submission: shapes.Submission, feedback: shapes.Feedback, place: str) -> None:
    assignment = find_assignment(submission)
    work = submission.attempts[0].work
    held = class_queries.find_submission(assignment, demo.person(work.maker))
    if held is None:
        raise RuntimeError(f"nothing was handed in for {work.key}")
    author = demo.person(feedback.author)
    leads = any(instructor.person_id == author.id for instructor in assignment.project.instructors)
    draft = FeedbackDraft(
        feedback.works_well,
        feedback.try_next,
        remarks=tuple(remarks_of(feedback)),
        is_done=feedback.done,
        once=f"demo-{work.key}-{place}",
    )
    classes.give_feedback(class_queries.get_submission(held.id), author, draft, as_instructor=leads)
