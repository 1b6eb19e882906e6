"""The words of a PDF, as plain text: nothing in it is run, shown or followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from classprojects.gateways.darkroom.limits import MAX_PAGES, MAX_TEXT, Refusal


def read(path: Path) -> dict[str, Any]:
    """``text``: what stands on the pages, one after the other; raises Refusal."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        with path.open("rb") as file:
            reader = PdfReader(file)
            # Many are locked against printing only, with an empty password.
            if reader.is_encrypted and not reader.decrypt(""):
                raise Refusal("pdf_locked")
            if len(reader.pages) > MAX_PAGES:
                raise Refusal("pdf_pages", count=len(reader.pages), most=MAX_PAGES)
            pages: list[str] = []
            length = 0
            for page in reader.pages:
                words = "\n".join(line.rstrip() for line in page.extract_text().split("\n")).strip("\n")
                length += len(words)
                if length > MAX_TEXT:
                    raise Refusal("text_too_long")
                pages.append(words)
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, NotImplementedError) as error:
        # Damaged documents break a parser in many ways; all of them mean the same.
        raise Refusal("pdf_unreadable") from error
    text = "\n\n".join(page for page in pages if page.strip())
    if not text.strip():
        raise Refusal("pdf_without_text")
    return {"text": text}
