"""Roles, given by those who run the machine."""

from __future__ import annotations

from flask import Flask

from classprojects.accounts import queries
from tests.factories.people import make_person


def test_the_command_makes_somebody_an_instructor_once(context: Flask) -> None:
    make_person("ada")
    runner = context.test_cli_runner()
    for _ in range(2):
        assert runner.invoke(args=["people", "grant", "ada", "instructor"]).exit_code == 0
    assert queries.get_person_by_handle("ada").is_instructor
    assert runner.invoke(args=["people", "grant", "nobody", "staff"]).exit_code == 1
    assert runner.invoke(args=["people", "grant", "ada", "king"]).exit_code == 2
