"""Classes that are published by the clock."""

from __future__ import annotations

from classprojects.classes.actions import reviewing
from classprojects.classes.queries import reviews
from classprojects.core import clock
from classprojects.core.database import transaction


def publish_due_classes() -> None:
    """Publish every class whose moment has come, each in a transaction of its own."""
    for class_id in reviews.list_classes_due(clock.now()):
        with transaction():
            reviewing.publish_due(class_id)
