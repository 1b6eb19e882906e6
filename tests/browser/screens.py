"""Every screen there is, by who looks at it."""

from __future__ import annotations

from typing import Any

ROLES = ("visitor", "free", "subscriber", "instructor", "staff")


def screens(things: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Role → address → the status that is right. ``things``: what the scene 'gallery' made.

    Where a role sees nothing that another has not seen, it looks only at a few pages, for its own header.
    """
    works, prompts, people = things["works"], things["prompts"], things["people"]
    films, letters, draft = (f"/classes/{slug}" for slug in (things["class"], *things["classes"].values()))
    studio, answer = f"/studio{draft}", f"/submissions/{things['submission']}"
    winter = f"/classes/{things['season']}"
    written = f"/studio/classes/{things['written']['class']}"
    ok, no, gone = 200, 403, 404
    certificate, done = f"/credentials/{things['credential']}", f"/classes/{things['done']}"
    return {
        "visitor": {
            "/": ok, "/open": ok, "/open?medium=audio&sort=loved": ok, "/open?q=nothing-like-it": ok, "/prompts": ok,
            f"/prompts/{prompts['image']}": ok, f"/prompts/{prompts['text']}": ok,
            f"/works/{works['image']}": ok, f"/works/{works['audio']}": ok, f"/works/{works['video']}": ok,
            f"/works/{works['text']}": ok, f"/works/{works['child']}": ok, f"/works/{works['gone']}": 410,
            f"/works/{works['video']}/lineage": ok, f"/works/{works['child']}/lineage": ok,
            f"/people/{people['free']}": ok, f"/people/{people['staff']}": ok, "/search": ok, "/search?q=door": ok,
            "/classes": ok, films: ok, letters: ok, f"{films}/lessons/1": ok, f"{films}/lessons/2": no, f"{winter}/seasons/1": ok,
            "/pricing": ok, "/signup": ok, "/login": ok, "/password/forgotten": ok, "/how-it-works": ok, "/terms": ok,
            "/privacy": ok, "/components": ok, "/nothing-here": gone, f"/works/{works['draft']}": gone,
            certificate: ok, f"{done}/showcase": ok, "/how-instructors-earn": ok, f"{letters}/showcase": gone,
        },
        "free": {
            "/": ok, "/open": ok, f"/works/{works['image']}": ok, f"/works/{works['draft']}": ok,
            f"/works/{works['image']}/edit": ok, f"/works/{works['video']}/delete": ok, "/works/new": ok, "/works/drafts": ok,
            f"/works/{works['audio']}/remix": ok, f"/prompts/{prompts['image']}/answer": ok,
            f"/prompts/{prompts['text']}/answer": ok, f"/people/{people['free']}": ok, "/account": ok, "/account/email": ok,
            "/account/password": ok, "/account/membership": ok, "/account/export": ok, "/account/delete": ok, "/pricing": ok,
            "/account/notifications": ok, f"/works/{works['image']}/unpublication": ok,
            f"/works/{works['video']}/use": ok, f"/works/{works['audio']}/use/trim": ok, f"/works/{works['video']}/use/trim": ok,
            f"/works/{works['audio']}/use/mix?find=door": ok, f"/works/{works['video']}/use/still": ok,
            f"/works/{works['image']}/use/crop": ok, f"/works/{works['image']}/use/layer?over={works['image']}": ok,
            f"/works/{works['text']}/sources/{works['video']}/dispute": ok,
            f"/studio/invitations/{things['written']['invitation']}": ok,
            letters: ok, f"{letters}/lessons/2": no, f"/works/{works['class']}": gone, "/desk": no,
        },
        "subscriber": {
            certificate: ok, f"{done}/room": ok, f"{done}/showcase/{things['entry']}": ok, "/studio/earnings": ok,
            f"{letters}/notes": ok, f"{letters}/notes?q=nothing-like-it": ok, f"/notes/{things['note']}": ok,
            "/classes?q=film&starts=self": ok, "/classes?q=nothing-like-it": ok,
            "/classes": ok, letters: ok, films: ok, f"{letters}/room": ok, f"{letters}/lessons/2": ok, f"{films}/lessons/2": ok,
            f"{letters}/assignments/1": ok, f"{letters}/assignments/2": ok, f"{letters}/assignments/1/submit": ok,
            f"{films}/assignments/2/submit": ok, f"{letters}/gallery": ok, f"{letters}/changes": ok, answer: ok,
            f"{winter}/seasons": ok, f"{winter}/seasons/1": ok, f"{winter}/seasons/1/gallery": ok, f"{winter}/assignments/2": no,
            f"{winter}/room": ok, "/account/calendar": ok, f"/feedback/{things['feedback']}/report": ok, f"{answer}/share": ok, f"{answer}/withdraw": ok, f"/works/{works['class']}": ok,
            f"/works/{works['class']}/share": ok, "/account/membership": ok,
            f"/works/{works['image']}/suggestions/new?q=door": ok,
            f"/suggestions/{things['suggestion']}": ok,
            f"{letters}/topics": ok, f"{letters}/topics?q=nothing-like-it": ok, f"{letters}/topics/new": ok,
            f"{letters}/topics/{things['topic']}": ok, f"{letters}/topics/{things['topic']}/delete": ok,
        },
        "instructor": {
            f"/studio{done}/showcase": ok, f"/studio{letters}/showcase": ok, f"/studio{done}/insight": ok, f"/studio{letters}/insight": ok,
            f"/studio{draft}/insight": ok, "/studio/earnings": ok,
            "/": ok, "/studio": ok, "/studio/classes/new": ok, "/studio/feedback": ok, studio: ok, f"{studio}/details": ok,
            f"{studio}/lessons/new": ok, f"{studio}/lessons/1": ok, f"{studio}/assignments/new": ok,
            written: ok, f"{written}/review": ok, f"{written}/people": ok, f"{written}/openings": ok, f"{written}/assignments/1": ok,
            f"{written}/preview?as=halfway": ok, f"{written}/preview?as=new&at=assignment-1": ok, f"{written}/preview?as=visitor": ok,
            f"{written}/preview?as=returned&at=lesson-2": ok, f"{written}/leaving": ok, f"{studio}/review": ok,
            f"{studio}/assignments/1": ok, f"/studio{letters}": ok, f"/studio{letters}/roster": ok,
            f"{answer}?queue=all": ok, "/studio/replies": ok, "/studio/replies/new": ok,
            f"/studio{winter}/seasons": ok, f"/studio{winter}/seasons/new": ok, f"/studio{winter}/seasons/1": ok,
            f"/studio{winter}/seasons/1/edit": ok, f"/studio{winter}/seasons/1/move?starts_on=2030-01-01": ok,
            f"/studio{winter}/seasons/1/cancel": ok, f"/studio{winter}/seasons/1/events/new": ok, f"/studio{winter}/learners/member": ok,
            f"/studio{films}/lessons/2": ok, f"/studio{films}/lessons/2/captions": ok, f"/studio{films}/lessons/2/resources": ok, draft: ok, f"{draft}/room": ok, f"{letters}/room": ok, answer: ok,
            f"{letters}/topics/{things['topic']}": ok, f"{letters}/topics/{things['topic']}/delete": ok,
            f"{studio}/clone": ok, "/studio/import": ok, f"{studio}/lessons/import": ok,
        },
        "staff": {
            "/desk/credentials": ok, f"/desk{certificate}/revocation": ok, "/desk/earnings": ok, f"/desk/earnings/{things['period']}": ok,
            "/": ok, "/open": ok, "/desk": ok, "/desk/prompts/new": ok, "/desk/classes": ok, f"/desk/classes/{things['written']['review']}": ok, "/desk/feedback": ok, "/desk/unanswered": ok, f"{letters}/room": ok, answer: ok, "/studio": ok},
    }  # fmt: skip
