"""The composer: one form to post a work with, and what it means.

A view opens it by :func:`new_composer`, or takes what was sent by :func:`sent_composer`;
asks :func:`take_step` whether a button was pressed that does not post; reads it by
:func:`composer_draft`; and calls :func:`prepare_composer` before the page is shown.
"""

from classprojects.web.shared.composer.fields import (
    EDGE_KINDS,
    LANGUAGE_CHOICES,
    LANGUAGES,
    MEDIA,
    OPEN,
    Chosen,
    ComposerForm,
    lines_kept,
)
from classprojects.web.shared.composer.reading import (
    composer_draft,
    draft_from_version,
    new_composer,
    offer_class_spaces,
    prepare_composer,
    sent_composer,
)
from classprojects.web.shared.composer.sources import find_sources, sources_as_lines, work_id_in
from classprojects.web.shared.composer.steps import fields_to_keep, find_usable, revision_of, take_step

__all__ = [
    "EDGE_KINDS",
    "LANGUAGES",
    "LANGUAGE_CHOICES",
    "MEDIA",
    "OPEN",
    "Chosen",
    "ComposerForm",
    "composer_draft",
    "draft_from_version",
    "fields_to_keep",
    "find_sources",
    "find_usable",
    "lines_kept",
    "new_composer",
    "offer_class_spaces",
    "prepare_composer",
    "revision_of",
    "sent_composer",
    "sources_as_lines",
    "take_step",
    "work_id_in",
]
