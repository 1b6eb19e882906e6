"""Works: post, look, edit, take back, download, heart, talk, remix, follow the lineage."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from classprojects.classes import queries as classes
from classprojects.community import actions as community
from classprojects.community.models import Prompt
from classprojects.core.database import transaction
from classprojects.core.errors import DomainError, NotFound
from classprojects.core.pagination import write_cursor
from classprojects.discussions import queries as discussions
from classprojects.discussions.models import Comment
from classprojects.media import actions as media
from classprojects.media.queries import get_download
from classprojects.policy import Permission, may
from classprojects.policy.viewing import viewer_for
from classprojects.web.media.serving import attachment, send_media
from classprojects.web.shared.arguments import choice_argument, is_fragment_request, wants_json
from classprojects.web.shared.cards import card_for, cards_on
from classprojects.web.shared.composer import (
    ComposerForm,
    composer_draft,
    draft_from_version,
    new_composer,
    offer_class_spaces,
    prepare_composer,
    sent_composer,
    sources_as_lines,
    take_step,
)
from classprojects.web.shared.guards import accepts_upload, current_person, requires, signed_in_person
from classprojects.web.shared.limits import POSTING, limiter, per_person
from classprojects.web.works import showing
from classprojects.web.works.beginning import begin_with
from classprojects.web.works.forms import CommentForm
from classprojects.web.works.origin import shown_origin
from classprojects.web.works.series import send_series
from classprojects.web.works.shown import version_parts
from classprojects.web.works.sources import shown_claims
from classprojects.web.works.strip import family_strip
from classprojects.web.works.structured import work_as_linked_data
from classprojects.works import actions, queries
from classprojects.works.actions import SourceDraft
from classprojects.works.drafts import drop_draft
from classprojects.works.models import Medium, Work, WorkStatus
from classprojects.works.provenance import is_for_all, signed_copy

bp = Blueprint("works", __name__)
# Templates ask this, never work.maker: a work may be veiled.
bp.add_app_template_global(showing.shown_maker, "maker_of")


@bp.get("/works/new")
@requires(Permission.POST_WORK)
def show_post_work() -> Any:
    """The composer, empty."""
    person = signed_in_person()
    form = new_composer(person, "new", medium=choice_argument("medium", [m.value for m in Medium], Medium.TEXT.value))
    offer_class_spaces(form, viewer_for(person))
    begin_with(form, person)
    return _composer_page(form)


@bp.post("/works/new")
@accepts_upload
@requires(Permission.POST_WORK)
@limiter.limit(POSTING, key_func=per_person)
def post_work() -> Any:
    """Post a work."""
    person, form = signed_in_person(), sent_composer("new")
    viewer = viewer_for(person)
    offer_class_spaces(form, viewer)
    if step := take_step(form, person):
        return step
    draft = composer_draft(form, person)
    if draft is not None:
        with form.showing_refusals(), transaction():
            work = actions.create_work(person, draft, viewer=viewer, space_id=form.space_id)
            drop_draft(person, form.key)
    return _composer_page(form) if form.errors else _posted(work)


def _composer_page(form: ComposerForm) -> Any:
    page = render_template("works/post_work.html", form=prepare_composer(form, signed_in_person()))
    return page, 422 if form.errors else 200


def _posted(work: Work) -> Any:
    flash(
        _("Posted. Everybody can see it now.") if work.is_open else _("Posted. The people in the class can see it now."),
        "success",
    )
    return redirect(work.url, 303)


@bp.get("/works/<id:work_id>")
@requires(Permission.VIEW_WORK, on=queries.get_work)
def show_work(work: Work) -> Any:
    """A work with everything around it, or the tombstone where it was."""
    if work.is_erased:
        return _tombstone(work)
    if wants_json():
        return jsonify(showing.work_as_json(work, viewer_for(current_person())))
    if is_fragment_request() and request.args.get("after"):
        return render_template("works/_comments.html", **_conversation(work))
    return _work_page(work, CommentForm())


def _work_page(work: Work, form: CommentForm) -> Any:
    person = current_person()
    viewer = viewer_for(person)
    page = render_template(
        "works/show_work.html",
        work=work,
        version=work.current_version,
        **_media_parts(work),
        credit=showing.credit_line(work),
        prompt=_prompt_of(work),
        remixes=cards_on(queries.list_remixes(work, viewer, size=6), viewer),
        is_hearted=queries.is_hearted(person, work),
        sees_space=viewer.sees_space(work.space_id),
        form=form,
        **showing.shown_sources(work, viewer),
        **shown_claims(work, person),
        origin=shown_origin(work, viewer),
        family=family_strip(work, viewer),
        linked_data=work_as_linked_data(work),
        **_conversation(work),
    )
    return page, 422 if form.errors else 200


def _prompt_of(work: Work) -> Prompt | None:
    """The prompt that the work answers, while readers can look at it: one that was put away is not linked to."""
    prompt = community.queries.find_prompt_by_id(work.prompt_id) if work.prompt_id else None
    return prompt if prompt is not None and may(current_person(), Permission.VIEW_PROMPT, prompt) else None


def _media_parts(work: Work) -> dict[str, Any]:
    """What ``works/_media.html`` takes."""
    return version_parts(work, work.current_version)


def _conversation(work: Work) -> dict[str, Any]:
    after = request.args.get("after")
    comments = discussions.list_comments(work.thread_id, after)
    person = current_person()
    return {
        "comments": [showing.shown_comment(comment, person, work) for comment in comments.items],
        "next_url": url_for("works.show_work", work_id=work.id, after=comments.next_cursor) if comments.next_cursor else None,
        "earlier_url": f"{work.url}#comments" if after else None,
    }


def _tombstone(work: Work) -> Any:
    if wants_json():
        return jsonify(showing.tombstone_as_json(work)), 410
    return render_template("works/show_tombstone.html", work=work), 410


@bp.get("/works/<id:work_id>/media")
@requires(Permission.VIEW_WORK, on=queries.get_work)
def show_media(work: Work) -> Any:
    """What the work shows, alone: asked again and again while its file is being prepared."""
    if work.is_erased:
        raise NotFound
    parts = _media_parts(work)
    if wants_json():
        return jsonify(showing.media_state(parts["media"]))
    if request.headers.get("X-Requested-With") != "live-status" and not is_fragment_request():
        return redirect(work.url, 303)
    return render_template("works/_media.html", work=work, version=work.current_version, **parts)


@bp.post("/works/<id:work_id>/processing")
@requires(Permission.EDIT_WORK, on=queries.get_work)
@limiter.limit(POSTING, key_func=per_person)
def retry_processing(work: Work) -> Any:
    """Try once more to prepare those of the work's files that could not be."""
    with transaction():
        for file in queries.files_of(work.current_version) if work.current_version else ():
            media.retry_file(file)
    return redirect(work.url, 303)


@bp.get("/works/<id:work_id>/edit")
@requires(Permission.EDIT_WORK, on=queries.get_work)
def show_edit_work(work: Work) -> Any:
    """The composer with what the work says now."""
    form = _as_it_stays(new_composer(signed_in_person(), f"edit-{work.id}"), work)
    draft_from_version(form, work)
    return _edit_page(form, work)


@bp.post("/works/<id:work_id>/edit")
@accepts_upload
@requires(Permission.EDIT_WORK, on=queries.get_work)
@limiter.limit(POSTING, key_func=per_person)
def edit_work(work: Work) -> Any:
    """Keep a new version."""
    person, form = signed_in_person(), _as_it_stays(sent_composer(f"edit-{work.id}"), work)
    if step := take_step(form, person, work):
        return step
    draft = composer_draft(form, person, current=work)
    if draft is not None:
        with form.showing_refusals(), transaction():
            actions.revise_work(work, draft, viewer=viewer_for(person))
            drop_draft(person, form.key)
    if form.errors:
        return _edit_page(form, queries.get_work(work.id)), 422
    flash(_("Saved."), "success")
    return redirect(work.url, 303)


def _as_it_stays(form: ComposerForm, work: Work) -> ComposerForm:
    """The composer without what cannot change: medium and place stay."""
    form.medium.choices = [choice for choice in form.medium.choices if choice.value == work.medium.value]
    form.medium.data = work.medium.value
    form.medium.validators = ()
    form.space.choices = [SelectChoice("open" if work.space_id is None else str(work.space_id))]
    form.space.data = form.space.choices[0].value
    return form


def _edit_page(form: ComposerForm, work: Work) -> Any:
    viewer = viewer_for(current_person())
    return render_template(
        "works/edit_work.html",
        form=prepare_composer(form, signed_in_person(), work),
        work=work,
        **showing.shown_sources(work, viewer),
    )


@bp.get("/works/<id:work_id>/delete")
@requires(Permission.DELETE_WORK, on=queries.get_work)
def show_delete_work(work: Work) -> Any:
    """What deleting does, before it is done."""
    return render_template("works/delete_work.html", work=work)


@bp.post("/works/<id:work_id>/delete")
@requires(Permission.DELETE_WORK, on=queries.get_work)
def delete_work(work: Work) -> Any:
    """Leave a tombstone."""
    with transaction():
        actions.erase_work(work)
        community.recount_answers(work)
    flash(_("Deleted. What others made from it stays, and says that a work stood here."), "success")
    return redirect(signed_in_person().url or url_for("home.show_home"), 303)


@bp.post("/works/<id:work_id>/publication")
@requires(Permission.EDIT_WORK, on=queries.get_work)
@limiter.limit(POSTING, key_func=per_person)
def publish_work(work: Work) -> Any:
    """Show a draft, or what was taken back."""
    try:
        with transaction():
            actions.publish_work(work)
            community.recount_answers(work)
    except DomainError as error:
        flash(error.message, "error")
        return redirect(work.url, 303)
    return _posted(work)


@bp.get("/works/<id:work_id>/unpublication")
@requires(Permission.EDIT_WORK, on=queries.get_work)
def show_unpublish_work(work: Work) -> Any:
    """What taking a work back does, before it is done."""
    if work.status is not WorkStatus.PUBLISHED:
        return redirect(work.url, 303)
    return _as_answer(work) or render_template("works/unpublish_work.html", work=work)


@bp.post("/works/<id:work_id>/unpublication")
@requires(Permission.EDIT_WORK, on=queries.get_work)
@limiter.limit(POSTING, key_func=per_person)
def unpublish_work(work: Work) -> Any:
    """Show it to nobody but its maker; what was made from it stays (P6, P7)."""
    elsewhere = _as_answer(work)
    if elsewhere is not None:
        return elsewhere
    with transaction():
        actions.unpublish_work(work)
        community.recount_answers(work)
    flash(_("Taken back. Only you see it now, and you can publish it again whenever you like."), "success")
    return redirect(work.url, 303)


def _as_answer(work: Work) -> Any:
    """On to taking back the answer to an assignment, where the work is one that stays in its class; else None."""
    submission = classes.find_submission_of_work(work.id) if not work.is_open else None
    if submission is None or not submission.is_handed_in:
        return None
    return redirect(url_for("classes.confirm_withdraw_submission", submission_id=submission.id), 303)


@bp.get("/works/<id:work_id>/share")
@requires(Permission.SHARE_WORK, on=queries.get_work)
def show_share_work(work: Work) -> Any:
    """What sharing a class work in the open area means, before it is done (P7)."""
    return render_template("works/share_work.html", work=work, error=None)


@bp.post("/works/<id:work_id>/share")
@requires(Permission.SHARE_WORK, on=queries.get_work)
def share_work(work: Work) -> Any:
    """Show a class work in the open area too."""
    try:
        with transaction():
            actions.share_work(work)
    except DomainError as error:
        return render_template("works/share_work.html", work=work, error=error.message), 422
    flash(_("Shared. Everybody can see it now, and build on it."), "success")
    return redirect(work.url, 303)


@bp.get("/works/<id:work_id>/download")
@requires(Permission.DOWNLOAD_WORK, on=queries.get_work)
def download_work(work: Work) -> Any:
    """The original (without what is hidden in it, to others) under a name with title and maker; a text with its credit line.

    A series comes whole, as a ZIP.
    """
    version = work.current_version
    if version is None or work.is_erased:
        raise NotFound
    if version.pictures:
        return send_series(work, version, current_person())
    if version.file is not None:
        download = get_download(version.file, current_person())
        rendition = signed_copy(work, version.file, download.rendition) if download.rendition is not None else None
        name = showing.file_name(work, download.extension)
        is_public = is_for_all(work) and rendition is not None
        response = send_media(version.file, rendition, download_name=name, public=is_public)
        # At the same address the maker gets another file: caches must tell them apart.
        response.vary.add("Cookie")
        return response
    response = Response(f"{version.body}\n\n---\n\n{showing.credit_line(work)}\n", mimetype="text/markdown")
    response.headers["Content-Disposition"] = attachment(showing.file_name(work))
    return response


@bp.post("/works/<id:work_id>/heart")
@requires(Permission.HEART_WORK, on=queries.get_plain_work)
@limiter.limit(POSTING, key_func=per_person)
def heart_work(work: Work) -> Any:
    """Give a heart, or take it back when it was given.

    Our own button says which it means (``wanted``: 1 or 0), so that pressing it twice, or
    on a page that is old, does what was seen on it.
    """
    person, wanted = signed_in_person(), request.form.get("wanted")
    with transaction():
        if wanted == "1":
            actions.heart_work(person, work)
            is_hearted = True
        elif wanted == "0":
            actions.unheart_work(person, work)
            is_hearted = False
        else:
            is_hearted = actions.heart_work(person, work) or not actions.unheart_work(person, work)
    return _heart(work, is_hearted)


@bp.post("/works/<id:work_id>/unheart")
@requires(Permission.HEART_WORK, on=queries.get_plain_work)
@limiter.limit(POSTING, key_func=per_person)
def unheart_work(work: Work) -> Any:
    """Take a heart back, if it was given."""
    with transaction():
        actions.unheart_work(signed_in_person(), work)
    return _heart(work, False)


def _heart(work: Work, is_hearted: bool) -> Any:
    if is_fragment_request():
        return render_template("works/_heart.html", work=work, is_hearted=is_hearted)
    if wants_json():
        return jsonify({"hearts": work.hearts_count, "is_hearted": is_hearted})
    return redirect(work.url, 303)


@bp.post("/works/<id:work_id>/comments")
@requires(Permission.COMMENT_WORK, on=queries.get_work)
@limiter.limit(POSTING, key_func=per_person)
def comment_on_work(work: Work) -> Any:
    """Say something about it."""
    form = CommentForm()
    if form.validate_on_submit():
        with form.showing_refusals(), transaction():
            comment = actions.comment_on_work(signed_in_person(), work, form.body.data, form.once.data)
    if form.errors:
        return _work_page(work, form)
    return redirect(_place_of(comment, work), 303)


def _place_of(comment: Comment, work: Work) -> str:
    """Where the comment stands: in a long conversation on a later page."""
    after = write_cursor([comment.id - 1]) if work.comments_count > discussions.SIZE else None
    return url_for("works.show_work", work_id=work.id, after=after, _anchor=f"comment-{comment.id}")


@bp.get("/comments/<id:comment_id>/delete")
@requires(Permission.DELETE_COMMENT, on=discussions.get_comment)
def show_delete_comment(comment: Comment) -> Any:
    """Ask before a comment goes."""
    return render_template("works/delete_comment.html", comment=comment, work=queries.find_work_by_thread(comment.thread_id))


@bp.post("/comments/<id:comment_id>/delete")
@requires(Permission.DELETE_COMMENT, on=discussions.get_comment)
def delete_comment(comment: Comment) -> Any:
    """Take a comment back."""
    with transaction():
        actions.erase_comment_on_work(comment)
    work = queries.find_work_by_thread(comment.thread_id)
    return redirect(f"{work.url}#comments" if work else url_for("home.show_home"), 303)


@bp.get("/works/<id:work_id>/remix")
@requires(Permission.REMIX_WORK, on=queries.get_work)
def show_remix_work(work: Work) -> Any:
    """The composer with this work attached as source."""
    person = signed_in_person()
    form = new_composer(person, f"remix-{work.id}", medium=work.medium.value, sources=sources_as_lines([work]))
    offer_class_spaces(form, viewer_for(person), work)
    begin_with(form, person, work)
    return _remix_page(form, work)


@bp.post("/works/<id:work_id>/remix")
@accepts_upload
@requires(Permission.REMIX_WORK, on=queries.get_work)
@limiter.limit(POSTING, key_func=per_person)
def remix_work(work: Work) -> Any:
    """Post a remix; this work is its source, whatever other lines say."""
    person, form = signed_in_person(), sent_composer(f"remix-{work.id}")
    viewer = viewer_for(person)
    offer_class_spaces(form, viewer, work)
    if step := take_step(form, person):
        return step
    draft = composer_draft(form, person)
    if draft is not None:
        if all(source.work_id != work.id for source in draft.sources):
            draft = actions.with_source(draft, SourceDraft(work.id, form.kind_for(work.id)))
        with form.showing_refusals(), transaction():
            remix = actions.create_work(person, draft, viewer=viewer, space_id=form.space_id)
            drop_draft(person, form.key)
    return (_remix_page(form, work), 422) if form.errors else _posted(remix)


def _remix_page(form: ComposerForm, work: Work) -> Any:
    return render_template(
        "works/remix_work.html",
        form=prepare_composer(form, signed_in_person()),
        work=work,
        card=card_for(work, viewer_for(current_person())),
        credit=showing.credit_line(work),
    )
