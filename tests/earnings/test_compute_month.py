"""A month divided among those who taught in it: what counts, what does not, and that it happens once."""

from __future__ import annotations

import csv
import io
import threading
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from classprojects.accounts.models import Role
from classprojects.billing.models import InvoiceCopy
from classprojects.classes import actions as classes
from classprojects.classes.models import ClassInstructor, Feedback, InstructorRole
from classprojects.classes.queries import get_class, get_submission
from classprojects.core import clock
from classprojects.core.database import db, transaction
from classprojects.core.errors import DomainError
from classprojects.earnings import actions, queries
from classprojects.earnings.jobs import close_months
from classprojects.earnings.models import EarningsLine, EarningsPeriod
from tests.factories.classes import join, make_class, make_learner, say, submit
from tests.factories.memberships import give_membership
from tests.factories.people import inside, make_person

MONTH = date(2026, 10, 1)
DURING, AFTER = datetime(2026, 10, 14, 12, tzinfo=UTC), datetime(2026, 11, 3, 1, tzinfo=UTC)


def pay(person, amount: int, *, tax: int = 0, currency: str = "usd", at: datetime = DURING, status: str = "paid") -> None:
    with inside():
        number = (db.session.scalar(sa.select(sa.func.count()).select_from(InvoiceCopy)) or 0) + 1
        db.session.add(
            InvoiceCopy(
                stripe_id=f"in_{number}", person_id=person.id, status=status, currency=currency, total=amount, tax=tax,
                amount_paid=amount if status == "paid" else 0, issued_at=at,
            )
        )  # fmt: skip


def compute(share: int = 400, currency: str = "USD") -> list[EarningsPeriod]:
    with clock.at(AFTER), transaction():
        return actions.compute_month(MONTH, share, currency)


def lines(period: EarningsPeriod) -> dict[tuple[int, int, str], tuple[int, int]]:
    return {(one.person_id, one.class_id, one.kind.value): (one.units, one.points) for one in queries.get_period(period.id).lines}


@pytest.fixture
def taught(cast):
    """October: a class led by two and assisted by one, another led by one; answers and feedback of all sorts."""
    helper = make_person("helper")
    with clock.at(DURING - timedelta(days=10)):
        letters = make_class(cast.instructor, assignments=2, title="Letters")
        films = make_class(cast.other_instructor, assignments=1, title="Films")
        with inside():
            for person, role in ((cast.other_instructor, InstructorRole.CO_INSTRUCTOR), (helper, InstructorRole.ASSISTANT)):
                db.session.add(ClassInstructor(class_id=letters.id, person_id=person.id, role=role))
        ada, ben = make_learner(letters, "ada"), make_learner(letters, "ben")
        join(ben, get_class(films.slug))
    with clock.at(DURING):
        first = submit(ada, letters, 1)
        submit(ada, letters, 1, title="Again")  # another try is no other assignment
        submit(ben, letters, 1)
        taken = submit(ben, letters, 2)
        with transaction():
            classes.withdraw_submission(get_submission(taken.id))
        submit(ben, films, 1)
        for _time in range(3):  # of three about one answer two count
            say(cast.instructor, first, as_instructor=True)
        say(helper, get_submission(submit(ada, letters, 2).id), as_instructor=True)
        say(ben, first)  # a classmate's word earns nobody anything
        pay(ada, 10_000, tax=1_000)
        pay(ben, 999, status="open")
        pay(ben, 5_000, currency="eur")
        pay(ben, 777, at=DURING - timedelta(days=40))
    return letters, films, helper


def test_P10_a_month_adds_up_and_counts_what_the_formula_says(taught, cast) -> None:
    letters, films, helper = taught
    euros, dollars = compute()
    assert (dollars.currency, dollars.revenue, dollars.pool) == ("USD", 9_000, 3_600)
    assert (euros.currency, euros.revenue, euros.pool) == ("EUR", 5_000, 2_000)
    one, two = cast.instructor.id, cast.other_instructor.id
    expected = {
        (one, letters.id, "assignments"): (3, 90),  # 3 × 60 shared by two
        (two, letters.id, "assignments"): (3, 90),
        (two, films.id, "assignments"): (1, 60),
        (one, letters.id, "feedback"): (2, 40),
        (helper.id, letters.id, "feedback"): (1, 20),
    }
    for period in (euros, dollars):
        assert lines(period) == expected and period.points == 300 and period.undivided == 0
        assert sum(line.amount for line in period.lines) == period.pool
    assert {line.amount for line in dollars.lines if line.points == 90} == {1080}
    # Once, whatever comes in later.
    pay(cast.free, 100_000)
    assert compute() == [] and len(queries.list_periods()) == 2


def test_who_has_no_membership_or_leads_the_class_earns_nobody_points(cast) -> None:
    with clock.at(DURING):
        project = make_class(cast.instructor)
        teacher, lapsed = make_person("colleague", [Role.INSTRUCTOR]), make_person("late")
        give_membership(lapsed, ends_at=DURING + timedelta(hours=1))
        for person in (teacher, lapsed, cast.instructor):
            join(person, get_class(project.slug))
        submit(teacher, project)
        give_membership(cast.instructor)
        submit(cast.instructor, project)
        late = submit(lapsed, project)
    with transaction():
        late.submitted_at = DURING + timedelta(hours=2)  # when the membership was over
    (period,) = compute()
    assert lines(period) == {} and (period.pool, period.points) == (0, 0)


def test_a_month_without_points_is_shown_as_undivided(cast) -> None:
    with clock.at(DURING):
        pay(cast.free, 1_000)
    (period,) = compute()
    assert (period.pool, period.undivided, period.lines) == (400, 400, [])


def test_hidden_feedback_and_earlier_months_do_not_count(cast) -> None:
    with clock.at(DURING - timedelta(days=40)):
        project = make_class(cast.instructor)
        ada = make_learner(project, "ada")
        answer = submit(ada, project)
        say(cast.instructor, answer, as_instructor=True)
    with clock.at(DURING):
        hidden = say(cast.instructor, answer, as_instructor=True)
        with transaction():
            db.session.get(Feedback, hidden.id).hidden_at = DURING
        say(cast.instructor, answer, "The second that counts.", as_instructor=True)
        say(cast.instructor, answer, "The third.", as_instructor=True)
    (period,) = compute()
    assert lines(period) == {(cast.instructor.id, project.id, "feedback"): (1, 20)}


def test_the_clock_divides_once_after_some_days_of_grace(taught, context) -> None:
    with clock.at(datetime(2026, 11, 2, 23, tzinfo=UTC)):
        close_months()  # October is over, its grace is not: September is divided, which nobody paid for
    assert [one.month for one in queries.list_periods()] == [date(2026, 9, 1)]
    with clock.at(AFTER):
        close_months()
        close_months()
    assert sorted({one.month for one in queries.list_periods()}) == [date(2026, 9, 1), MONTH]
    with pytest.raises(DomainError), clock.at(DURING), transaction():
        actions.compute_month(MONTH, 400, "USD")
    start, wrong = threading.Barrier(4), []

    def race() -> None:
        with context.app_context():
            try:
                start.wait(timeout=20)
                with clock.at(AFTER + timedelta(days=31)):
                    close_months()
            except Exception as error:
                wrong.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    db.session.rollback()
    assert not wrong
    months = [one.month for one in queries.list_periods()]
    assert months.count(date(2026, 11, 1)) == 1


def test_pages_explain_every_line_to_whom_it_belongs(taught, cast, browse, client) -> None:
    letters, _films, helper = taught
    _euros, dollars = compute()
    page = browse(cast.instructor).get("/studio/earnings")
    assert page.status == 200 and len(page.queries) <= 14
    for words in ("October 2026", "3 × 60, shared by 2 = 90", "90 of 300", "US$10.80", "2 × 20 = 40", "Paying out comes later"):
        assert words in page.text, words
    assert "Films" not in page.text  # somebody else's
    table = list(csv.DictReader(io.StringIO(browse(cast.instructor).get("/studio/earnings.csv").response.text)))
    mine = [row for row in table if row["currency"] == "USD"]
    assert sum(int(row["amount"]) for row in mine) == sum(
        db.session.scalars(sa.select(EarningsLine.amount).where(EarningsLine.person_id == cast.instructor.id, EarningsLine.period_id == dollars.id))
    )
    assert all(abs(int(row["pool"]) * int(row["points"]) / int(row["all_points"]) - int(row["amount"])) < 1 for row in table)
    desk = browse(cast.staff)
    assert "October 2026, USD" in desk.get("/desk/earnings").text
    period = desk.get(f"/desk/earnings/{dollars.id}")
    assert period.status == 200 and "Helper" in period.text and len(period.queries) <= 14
    assert desk.get("/desk/earnings/999999").status == 404
    for address in ("/desk/earnings", f"/desk/earnings/{dollars.id}"):
        assert browse(cast.instructor).get(address).status == 403
    assert "No month in which you taught" in browse(cast.free).get("/studio/earnings").text
    assert client.get("/studio/earnings").status in {302, 303, 401}


def test_the_formula_is_published_with_an_example_that_adds_up(client) -> None:
    page = client.get("/how-instructors-earn")
    assert page.status == 200 and len(page.queries) <= 8
    assert "40 % of what subscribers pay" in page.text and "US$400.00, the whole pool" in page.text
