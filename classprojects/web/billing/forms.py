"""What is posted about memberships."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import AnyOf

from classprojects.billing.models import Interval
from classprojects.web.shared.forms import Form

PLANS = {"monthly": Interval.MONTH, "yearly": Interval.YEAR}


class SubscribeForm(Form):
    """Which way to pay: the buttons of the pricing page send it."""

    plan = StringField(_l("Plan"), [AnyOf(list(PLANS), message=_l("Choose the monthly or the yearly plan."))])

    @property
    def interval(self) -> Interval:
        return PLANS[self.plan.data or ""]
