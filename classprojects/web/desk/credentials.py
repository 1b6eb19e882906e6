"""Staff and credentials: revoke with a reason, issue anew."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from classprojects.completion import actions, queries
from classprojects.completion.models import Credential
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.gateways.credential_keys import find_keys
from classprojects.policy import Permission
from classprojects.web.shared.filters import day
from classprojects.web.shared.forms import Form
from classprojects.web.shared.guards import requires, signed_in_person

bp = Blueprint("desk_credentials", __name__, url_prefix="/desk/credentials")


class RevokeCredentialForm(Form):
    """Why a credential no longer holds."""

    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(_l("Say why. Whoever holds it reads this.")), Length(max=500, message=_l("Use at most 500 characters."))],
        description=_l("It stands on the certificate's page, for everybody who has its address."),
    )


@bp.get("")
@requires(Permission.USE_DESK)
def list_credentials() -> Any:
    """Every credential, the newest first."""
    page = queries.list_credentials(request.args.get("after"))
    rows = [
        [
            {"text": one.name or _("Somebody who left"), "url": url_for("credentials.show_credential", public_id=one.public_id)},
            {"text": one.project.title, "url": one.project.url},
            day(one.issued_at),
            {"text": _("revoked on %(day)s", day=day(one.revoked_at)) if one.revoked_at else _("holds"),
             "url": url_for("desk_credentials.ask_revocation", public_id=one.public_id)},
        ]
        for one in page.items
    ]  # fmt: skip
    next_url = url_for("desk_credentials.list_credentials", after=page.next_cursor) if page.next_cursor else None
    return render_template("desk/list_credentials.html", rows=rows, next_url=next_url)


@bp.get("/<public_id>/revocation")
@requires(Permission.REVOKE_CREDENTIAL, on=queries.get_credential)
def ask_revocation(credential: Credential) -> Any:
    """The form to revoke a credential; of a revoked one, the way to issue it anew."""
    return _page(credential, RevokeCredentialForm())


def _page(credential: Credential, form: RevokeCredentialForm, refusal: str | None = None) -> str:
    return render_template("desk/revoke_credential.html", credential=credential, form=form, refusal=refusal)


@bp.post("/<public_id>/revocation")
@requires(Permission.REVOKE_CREDENTIAL, on=queries.get_credential)
def revoke_credential(credential: Credential) -> Any:
    """Revoke it: the page says so, and so does the published list."""
    form = RevokeCredentialForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.revoke_credential(credential, signed_in_person(), form.reason.data or "")
    if form.errors:
        return _page(credential, form), 422
    flash(_("Revoked. Its page and the published list say so."), "success")
    return redirect(url_for("desk_credentials.ask_revocation", public_id=credential.public_id), 303)


@bp.post("/<public_id>/reissue")
@requires(Permission.REVOKE_CREDENTIAL, on=queries.get_credential)
def reissue_credential(credential: Credential) -> Any:
    """Issue a new one in place of a revoked one."""
    keys = find_keys()
    try:
        with transaction():
            fresh = actions.reissue_credential(credential, keys)
    except DomainError as error:
        return _page(credential, RevokeCredentialForm(formdata=None), error.message), 422
    flash(_("Issued. The person was told."), "success")
    return redirect(url_for("credentials.show_credential", public_id=fresh.public_id), 303)
