"""Signing up, in and out, and one's own account."""

from __future__ import annotations

import tempfile
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from classprojects.accounts import actions
from classprojects.accounts.models import TokenPurpose
from classprojects.core import clock
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError
from classprojects.media import actions as media
from classprojects.media.quotas import find_room
from classprojects.policy import Permission
from classprojects.web.accounts.export import write_export
from classprojects.web.accounts.forms import (
    AskResetForm,
    ChangeEmailForm,
    ChangePasswordForm,
    EditProfileForm,
    EmptyForm,
    LeaveForm,
    ResetPasswordForm,
    SignInForm,
    SignUpForm,
)
from classprojects.web.accounts.leaving import leave
from classprojects.web.accounts.mails import mail_address_changed, mail_link, mail_password_changed, mail_sign_up
from classprojects.web.accounts.pictures import replace_picture
from classprojects.web.accounts.sessions import begin_session, end_session
from classprojects.web.shared.arguments import safe_next
from classprojects.web.shared.guards import accepts_upload, current_person, public, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, SEND_MAIL, SIGN_IN, SIGN_UP, limiter, per_name, per_person

bp = Blueprint("accounts", __name__)

#: what a mailed link that proves an address was asked for
ADDRESS_LINKS = (TokenPurpose.VERIFY_EMAIL, TokenPurpose.CHANGE_EMAIL)


@bp.get("/signup")
@public
def show_sign_up() -> Any:
    """The form for a new account; whoever has one goes on."""
    if current_person():
        return redirect(_onward(), 303)
    return render_template("accounts/sign_up.html", form=SignUpForm(), next=_next())


@bp.post("/signup")
@public
@limiter.limit(SIGN_UP)
def sign_up() -> Any:
    """A new account, signed in at once. Says nothing about who else has one."""
    form = SignUpForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            person = actions.sign_up(form.handle.data, form.email.data, form.password.data)
            mail_sign_up(person)
    if form.errors:
        return render_template("accounts/sign_up.html", form=form, next=_next()), 422
    begin_session(person)
    flash(_("Welcome. We sent you a mail with a link that confirms your address."), "success")
    return redirect(_onward(), 303)


@bp.get("/login")
@public
def show_sign_in() -> Any:
    """The form for signing in; whoever is signed in goes on."""
    if current_person():
        return redirect(_onward(), 303)
    return render_template("accounts/sign_in.html", form=SignInForm(), next=_next())


@bp.post("/login")
@public
@limiter.limit(SIGN_IN)
@limiter.limit(SIGN_IN, key_func=per_name)
def sign_in() -> Any:
    """Sign in with address or handle. One answer, whichever part did not fit."""
    form = SignInForm()
    person = actions.authenticate(form.email.data, form.password.data) if form.validate_on_submit() else None
    if person is None:
        if not form.errors:
            form.form_errors.append(_("That address or handle and password do not belong together."))
        return render_template("accounts/sign_in.html", form=form, next=_next()), 422
    with transaction():
        actions.refresh_hash(person, form.password.data)
    begin_session(person)
    return redirect(_onward(), 303)


@bp.post("/logout")
@public
def sign_out() -> Any:
    """Forget this browser, and every copy of its cookie."""
    end_session()
    return redirect(url_for("home.show_home"), 303)


@bp.get("/password/forgotten")
@public
def show_ask_reset() -> Any:
    """Where should the link go?"""
    return render_template("accounts/ask_reset.html", form=AskResetForm())


@bp.post("/password/forgotten")
@public
@limiter.limit(SEND_MAIL)
def ask_reset() -> Any:
    """Mail a link to whoever has this address; the page is the same when nobody does."""
    form = AskResetForm()
    if not form.validate_on_submit():
        return render_template("accounts/ask_reset.html", form=form), 422
    with transaction():
        for person in actions.queries.list_people_by_address(form.email.data):
            mail_link(person, TokenPurpose.RESET_PASSWORD, form.email.data)
    return redirect(url_for("accounts.show_mail_sent"), 303)


@bp.get("/password/sent")
@public
def show_mail_sent() -> Any:
    """Look into your mail."""
    return render_template("accounts/mail_sent.html")


@bp.get("/password/<token>")
@public
def show_reset_password(token: str) -> Any:
    """The form behind the mailed link."""
    try:
        actions.find_link(token, TokenPurpose.RESET_PASSWORD)
    except DomainError as error:
        return render_template("accounts/link_expired.html", message=error.message), 410
    return render_template("accounts/reset_password.html", form=ResetPasswordForm(), token=token)


@bp.post("/password/<token>")
@public
@limiter.limit(SIGN_IN)
def reset_password(token: str) -> Any:
    """Set the new password and sign in; every other session ends."""
    form = ResetPasswordForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            person = actions.reset_password(token, form.password.data)
            mail_password_changed(person)
    if form.errors:
        return render_template("accounts/reset_password.html", form=form, token=token), 422
    begin_session(person)
    flash(_("Your password is changed. You are signed out everywhere else."), "success")
    return redirect(url_for("home.show_home"), 303)


@bp.get("/email/<token>")
@public
def show_verify_email(token: str) -> Any:
    """One button behind the mailed link: opening a link must change nothing (mail scanners do)."""
    return render_template("accounts/verify_email.html", form=EmptyForm(), token=token)


@bp.post("/email/<token>")
@public
@limiter.limit(SIGN_IN)
def verify_email(token: str) -> Any:
    """The address is theirs."""
    try:
        with transaction():
            before = actions.find_link(token, *ADDRESS_LINKS).person.email
            mail_address_changed(actions.verify_email(token), before)
    except DomainError as error:
        return render_template("accounts/link_expired.html", message=error.message), 410
    flash(_("Your address is confirmed."), "success")
    return redirect(url_for("accounts.show_account") if current_person() else url_for("accounts.show_sign_in"), 303)


@bp.get("/account")
@requires(Permission.MANAGE_ACCOUNT)
def show_account() -> Any:
    """One's own account: profile, address, password, sessions."""
    person = signed_in_person()
    return _render_account(EditProfileForm(obj=person))


@bp.post("/account")
@accepts_upload
@requires(Permission.MANAGE_ACCOUNT)
@limiter.limit(POSTING, key_func=per_person)
def edit_profile() -> Any:
    """Change name, words, language, zone and picture."""
    person, form = signed_in_person(), EditProfileForm()
    received = None
    if form.validate_on_submit() and form.picture.data:
        try:
            received = media.receive_upload(form.picture.data, {"image"}, owner=person)
        except DomainError as error:
            form.refuse(DomainError(error.message, field="picture"))
    if form.errors:
        return _render_account(form, 422)
    with transaction():
        fields = ("name", "bio", "country", "language", "time_zone")
        actions.edit_profile(person, **{name: form[name].data or "" for name in fields})
        if received is not None:
            replace_picture(person, received)
    flash(_("Saved."), "success")
    return redirect(url_for("accounts.show_account"), 303)


@bp.post("/account/picture/removal")
@requires(Permission.MANAGE_ACCOUNT)
def remove_picture() -> Any:
    """Initials again."""
    with transaction():
        replace_picture(signed_in_person(), None)
    flash(_("Your picture is removed."), "success")
    return redirect(url_for("accounts.show_account"), 303)


@bp.post("/account/verification")
@requires(Permission.MANAGE_ACCOUNT)
@limiter.limit(SEND_MAIL, key_func=per_person)
def ask_verification() -> Any:
    """Mail the confirming link once more."""
    person = signed_in_person()
    if person.claimed_email:
        with transaction():
            mail_link(person, TokenPurpose.VERIFY_EMAIL, person.claimed_email)
        flash(_("We sent the link once more."), "success")
    return redirect(url_for("accounts.show_account"), 303)


@bp.get("/account/email")
@requires(Permission.MANAGE_ACCOUNT)
def show_change_email() -> Any:
    """The form for another address."""
    return render_template("accounts/change_email.html", form=ChangeEmailForm())


@bp.post("/account/email")
@requires(Permission.MANAGE_ACCOUNT)
@limiter.limit(SEND_MAIL, key_func=per_person)
def change_email() -> Any:
    """Mail a link to the new address; nothing changes before it is opened."""
    person, form = signed_in_person(), ChangeEmailForm()
    if form.validate_on_submit():
        with form.showing_refusals():
            actions.confirm_password(person, form.password.data)
            with transaction():
                mail_link(person, TokenPurpose.CHANGE_EMAIL, form.email.data)
    if form.errors:
        return render_template("accounts/change_email.html", form=form), 422
    flash(_("We sent a link to the new address. It counts once you open it."), "success")
    return redirect(url_for("accounts.show_account"), 303)


@bp.get("/account/password")
@requires(Permission.MANAGE_ACCOUNT)
def show_change_password() -> Any:
    """The form for another password."""
    return render_template("accounts/change_password.html", form=ChangePasswordForm())


@bp.post("/account/password")
@requires(Permission.MANAGE_ACCOUNT)
@limiter.limit(SIGN_IN, key_func=per_person)
def change_password() -> Any:
    """Change it; every other session ends."""
    person, form = signed_in_person(), ChangePasswordForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            actions.change_password(person, form.current_password.data, form.password.data)
            mail_password_changed(person)
    if form.errors:
        return render_template("accounts/change_password.html", form=form), 422
    begin_session(person)
    flash(_("Your password is changed. You are signed out everywhere else."), "success")
    return redirect(url_for("accounts.show_account"), 303)


@bp.post("/account/sessions/end")
@requires(Permission.MANAGE_ACCOUNT)
def sign_out_everywhere() -> Any:
    """End every session; this browser stays signed in with a new one."""
    person = signed_in_person()
    with transaction():
        actions.sign_out_everywhere(person)
    begin_session(person)
    flash(_("You are signed out everywhere else."), "success")
    return redirect(url_for("accounts.show_account"), 303)


@bp.get("/account/export")
@requires(Permission.MANAGE_ACCOUNT)
def show_export() -> Any:
    """What the download holds."""
    return render_template("accounts/show_export.html")


@bp.get("/account/export.zip")
@requires(Permission.MANAGE_ACCOUNT)
@limiter.limit(SEND_MAIL, key_func=per_person)
def download_export() -> Any:
    """Everything one made here, in one file."""
    person = signed_in_person()
    file = tempfile.TemporaryFile()
    write_export(person, file)
    file.seek(0)
    name = f"classprojects-{person.handle}-{clock.now():%Y-%m-%d}.zip"
    answer = send_file(file, mimetype="application/zip", as_attachment=True, download_name=name)
    answer.call_on_close(file.close)
    return answer


@bp.get("/account/delete")
@requires(Permission.MANAGE_ACCOUNT)
def show_leave() -> Any:
    """What leaving means, before it is done."""
    return render_template("accounts/leave.html", form=LeaveForm())


@bp.post("/account/delete")
@requires(Permission.MANAGE_ACCOUNT)
@limiter.limit(SIGN_IN, key_func=per_person)
def leave_account() -> Any:
    """Leave for good, confirmed by the password."""
    person, form = signed_in_person(), LeaveForm()
    if form.validate_on_submit():
        with form.showing_refusals():
            actions.confirm_password(person, form.password.data)
            with transaction():
                leave(person)
    if form.errors:
        return render_template("accounts/leave.html", form=form), 422
    end_session()
    flash(_("Your account is deleted. Thank you for what you made here."), "success")
    return redirect(url_for("home.show_home"), 303)


def _render_account(form: EditProfileForm, status: int = 200) -> Any:
    person = signed_in_person()
    return render_template("accounts/show_account.html", form=form, person=person, room=find_room(person)), status


def _next() -> str:
    return safe_next(request.values.get("next")) or ""


def _onward() -> str:
    return _next() or url_for("home.show_home")
