"""A form that was open for too long comes back with everything that was typed."""

from __future__ import annotations

from tests.factories.people import make_person

TEXT = "Wet paper boats\nsail down the long gutter </textarea><script>alert(1)</script>"
HOME = {"Origin": "http://localhost"}


def test_what_was_typed_is_kept_and_can_be_sent_again(browse) -> None:
    browser = browse(make_person("ada"))
    sent = {"medium": "text", "title": "Boats", "body": TEXT, "space": "open", "csrf_token": "stale"}
    page = browser.post("/works/new", sent, csrf=False, headers=HOME)
    assert page.status == 400 and "Nothing you wrote is lost" in page.text
    assert page("textarea[name=body]")[0].text_content().strip() == TEXT
    again = {**page.form("main form"), "language": "en", "edge_kind": "built_on"}
    assert again["title"] == "Boats"
    page = browser.post("/works/new", again, csrf=False, headers=HOME)
    assert page.status == 303


def test_what_another_site_sent_is_not_handed_on(browse) -> None:
    browser = browse(make_person("ada"))
    for headers in ({"Origin": "https://evil.example"}, {}, {"Sec-Fetch-Site": "cross-site"}):
        page = browser.post("/works/new", {"title": "Boats", "body": TEXT}, csrf=False, headers=headers)
        assert page.status == 400 and "paper boats" not in page.html


def test_passwords_are_never_sent_back(client) -> None:
    page = client.post("/login", {"email": "ada", "password": "four words in a row"}, csrf=False, headers=HOME)
    assert page.status == 400 and "four words" not in page.html
