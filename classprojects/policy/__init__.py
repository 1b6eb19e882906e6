"""May this person do this to that? One table answers, for every door."""

from classprojects.policy.decisions import Allowed, Decision, Denied, Reason
from classprojects.policy.permissions import Permission
from classprojects.policy.rules import may

__all__ = ["Allowed", "Decision", "Denied", "Permission", "Reason", "may"]
