"""The pages, one folder an area."""

from __future__ import annotations

from flask import Blueprint


def blueprints() -> list[Blueprint]:
    """Every area's pages, in the order in which their addresses are tried."""
    from classprojects.web.accounts.calendar import bp as calendar
    from classprojects.web.accounts.notifications import bp as notifications
    from classprojects.web.accounts.views import bp as accounts
    from classprojects.web.billing.views import bp as billing
    from classprojects.web.classes.board import bp as board
    from classprojects.web.classes.feedback import bp as feedback
    from classprojects.web.classes.notes import bp as notes
    from classprojects.web.classes.resources import bp as resources
    from classprojects.web.classes.seasons import bp as seasons
    from classprojects.web.classes.showcase import bp as showcase
    from classprojects.web.classes.trailer import bp as trailers
    from classprojects.web.classes.views import bp as classes
    from classprojects.web.community.sets import bp as sets
    from classprojects.web.community.views import bp as community
    from classprojects.web.credentials.views import bp as credentials
    from classprojects.web.desk.classes import bp as class_reviews
    from classprojects.web.desk.credentials import bp as desk_credentials
    from classprojects.web.desk.earnings import bp as desk_earnings
    from classprojects.web.desk.feedback import bp as desk_feedback
    from classprojects.web.desk.unanswered import bp as desk_unanswered
    from classprojects.web.desk.views import bp as desk
    from classprojects.web.home.views import bp as home
    from classprojects.web.machines.views import bp as machines
    from classprojects.web.media.uploads import bp as uploads
    from classprojects.web.media.views import bp as media
    from classprojects.web.studio.earnings import bp as earnings
    from classprojects.web.studio.insight import bp as insight
    from classprojects.web.studio.routes import bp as studio
    from classprojects.web.works.cutting import bp as cuts
    from classprojects.web.works.drafts import bp as drafts
    from classprojects.web.works.lineage import bp as lineage
    from classprojects.web.works.origin import bp as origin
    from classprojects.web.works.poster import bp as posters
    from classprojects.web.works.sources import bp as sources
    from classprojects.web.works.versions import bp as versions
    from classprojects.web.works.views import bp as works
    from classprojects.webhooks.views import bp as webhooks

    return [home, accounts, notifications, billing, webhooks, community, classes, notes, studio, desk, class_reviews, machines, media, uploads, works, cuts, drafts, posters, lineage, sources, versions, origin, sets, credentials, desk_credentials, showcase, insight, earnings, desk_earnings, board, resources, trailers, feedback, desk_feedback, desk_unanswered, seasons, calendar]
