"""People, made as they make themselves: by signing up."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property

from classprojects.accounts import actions, queries
from classprojects.accounts.models import Person, Role
from classprojects.core.database import in_transaction, transaction

PASSWORD = "learn-by-making"  # noqa: S105

_numbers = itertools.count(1)


@contextmanager
def inside() -> Iterator[None]:
    """A transaction of its own, or the one that the test has open."""
    if in_transaction():
        yield
    else:
        with transaction():
            yield


def make_person(handle: str | None = None, roles: Iterable[Role | str] = (), *, name: str = "") -> Person:
    """Somebody who signed up (password: PASSWORD), whose address is proven, with these roles."""
    handle = handle or f"person-{next(_numbers)}"
    email = f"{handle}@example.test"
    with inside():
        person = actions.sign_up(handle, email, PASSWORD, name=name or handle.replace("-", " ").title())
        actions.prove_email(person, email)
        for role in roles:
            actions.grant_role(person, Role(role))
    return queries.get_person(person.id)


class Cast:
    """The fixed cast of the policy's tests; each enters when first called for.

    Memberships come from the factory of memberships: a subscriber's runs, a lapsed
    one's has ended.
    """

    #: nobody signed in
    visitor = None

    @cached_property
    def free(self) -> Person:
        """Has an account and nothing more."""
        return make_person("free")

    @cached_property
    def maker(self) -> Person:
        """Another free account: whose things the others look at."""
        return make_person("maker")

    @cached_property
    def subscriber(self) -> Person:
        """Has a membership that runs."""
        from tests.factories.memberships import give_membership

        person = make_person("subscriber")
        give_membership(person)
        return person

    @cached_property
    def lapsed(self) -> Person:
        """Had a membership; it ended."""
        from tests.factories.memberships import give_lapsed_membership

        person = make_person("lapsed")
        give_lapsed_membership(person)
        return person

    @cached_property
    def instructor(self) -> Person:
        """Leads class projects."""
        return make_person("instructor", [Role.INSTRUCTOR])

    @cached_property
    def other_instructor(self) -> Person:
        """Leads others."""
        return make_person("other-instructor", [Role.INSTRUCTOR])

    @cached_property
    def staff(self) -> Person:
        """Runs the place."""
        return make_person("house-staff", [Role.STAFF])
