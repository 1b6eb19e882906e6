"""The account's pages, as a browser sees them."""

from __future__ import annotations

import io
import re

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from classprojects.accounts.models import Person
from classprojects.core.database import db
from classprojects.media.queries import find_file_by_public_id
from classprojects.notifications import jobs
from classprojects.notifications.models import Mail
from tests.client import PageClient
from tests.factories.people import make_person

PASSWORD = "four words in a row"  # noqa: S105


def join(client: PageClient, handle: str = "ada", email: str = "ada@example.org"):
    return client.post("/signup", {"handle": handle, "email": email, "password": PASSWORD})


def sent(app: Flask) -> list:
    """Deliver what is queued; the messages that went out."""
    for mail_id in db.session.scalars(sa.select(Mail.id).order_by(Mail.id)).all():
        jobs.send_mail(mail_id)
    return app.config["RECORDED_MAIL"]


def link_in(message) -> str:
    return re.search(r"http://localhost(/\S+)", message.text)[1]


def test_signing_up_signs_in_and_comes_back(client: PageClient) -> None:
    assert client.get("/signup?next=/prompts/kite").status == 200
    page = client.post(
        "/signup", {"handle": "ada", "email": "ada@example.org", "password": PASSWORD, "next": "/prompts/kite"}
    )
    assert (page.status, page.location) == (303, "/prompts/kite")
    assert client.get("/account").status == 200


def test_what_was_typed_stays_and_the_password_does_not(client: PageClient) -> None:
    page = client.post("/signup", {"handle": "a b", "email": "ada@example", "password": "short"})
    assert page.status == 422
    assert page('input[name=handle]')[0].get("value") == "a b"
    assert not page('input[name=password]')[0].get("value")
    assert page(".field__error")


def test_no_enumeration_by_signing_up_or_asking(client: PageClient, browse, app: Flask) -> None:
    """Whoever asks about an address learns nothing; the address's owner gets the mail."""
    join(client)
    confirm = link_in(sent(app)[-1])
    assert client.get(confirm).status == 200
    assert client.post(confirm).status == 303
    second = join(browse(), "eve")
    assert second.status == 303 and second.location == "/"
    assert "account there already: ada" in sent(app)[-1].text
    known, unknown = browse().post("/password/forgotten", {"email": "ada@example.org"}), browse().post(
        "/password/forgotten", {"email": "nobody@example.org"}
    )
    assert (known.status, known.location) == (unknown.status, unknown.location)
    wrong = [browse().post("/login", {"email": name, "password": "wrong wrong wrong"}) for name in ("ada", "nobody")]
    assert [page.status for page in wrong] == [422, 422]
    assert wrong[0](".error-summary")[0].text_content() == wrong[1](".error-summary")[0].text_content()


def test_sign_in_by_address_or_handle_and_out(client: PageClient, browse) -> None:
    join(client)
    for name in ("ada", "ADA@example.org "):
        browser = browse()
        assert browser.post("/login", {"email": name, "password": PASSWORD}).status == 303
        assert browser.get("/account").status == 200
        assert browser.post("/logout").status == 303
        assert browser.get("/account").location == "/login?next=/account"


def test_out_everywhere_ends_the_other_browser(client: PageClient, browse) -> None:
    join(client)
    other = browse()
    other.post("/login", {"email": "ada", "password": PASSWORD})
    assert client.post("/account/sessions/end").status == 303
    assert client.get("/account").status == 200
    assert other.get("/account").status == 303


def test_reset_by_mail(client: PageClient, browse, app: Flask) -> None:
    join(client)
    browse().post("/password/forgotten", {"email": "ada@example.org"})
    link = link_in(sent(app)[-1])
    browser = browse()
    assert browser.get(link).status == 200
    assert browser.post(link, {"password": "short"}).status == 422
    assert browser.post(link, {"password": "another four words"}).status == 303
    assert browser.get("/account").status == 200
    assert client.get("/account").status == 303, "the old session must end"
    assert browse().get(link).status == 410


def test_change_of_address_counts_once_opened(client: PageClient, app: Flask) -> None:
    join(client)
    assert client.post("/account/email", {"email": "new@example.org", "password": "wrong"}).status == 422
    assert client.post("/account/email", {"email": "new@example.org", "password": PASSWORD}).status == 303
    message = sent(app)[-1]
    assert message.to == "new@example.org"
    client.post(link_in(message))
    assert db.session.scalar(sa.select(Person.email)) == "new@example.org"


def test_change_of_password_needs_the_old_one(client: PageClient, browse) -> None:
    join(client)
    new = {"current_password": "wrong", "password": "another four words"}
    assert client.post("/account/password", new).status == 422
    assert client.post("/account/password", {**new, "current_password": PASSWORD}).status == 303
    assert client.get("/account").status == 200
    assert browse().post("/login", {"email": "ada", "password": PASSWORD}).status == 422


def test_profile_refuses_what_makes_no_sense(client: PageClient) -> None:
    join(client)
    good = {"name": "Ada  Lovelace\u202e", "bio": "I weave.\x00", "country": "gb", "language": "en", "time_zone": "Europe/London"}
    assert client.post("/account", good).status == 303
    person = db.session.scalar(sa.select(Person))
    assert (person.name, person.bio, person.country) == ("Ada Lovelace", "I weave.", "GB")
    for bad in ({"name": ""}, {"name": "x" * 81}, {"time_zone": "Mars/Base"}, {"language": "xx"}, {"country": "GBR"}):
        page = client.post("/account", {**good, **bad})
        assert page.status == 422, bad


def test_foreign_next_is_not_followed(client: PageClient) -> None:
    for address in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert client.get("/login", query_string={"next": address}).status == 200
        page = client.post("/login", {"email": "x", "password": "y", "next": address})
        assert not page("input[name=next]")
    join(client)
    assert client.get("/login", query_string={"next": "//evil.example"}).location == "/"


def test_a_stale_or_missing_token_is_refused_in_words(client: PageClient) -> None:
    for token in (None, "stale", "\x00"):
        page = client.post("/login", {"email": "x", "password": "y", **({"csrf_token": token} if token else {})}, csrf=False)
        assert page.status == 400 and "reload" in page.text


def test_forged_session_ids_sign_nobody_in(client: PageClient) -> None:
    for forged in ("1", "1.", "1.x", "²3.x", "99999999999999999999.x", "-1.x", ""):
        with client.flask.session_transaction() as session:
            session["_user_id"] = forged
        assert client.get("/account").status == 303


def test_a_picture_that_was_replaced_is_gone_from_its_address(browse, client) -> None:
    ada = make_person("ada")
    browser = browse(ada)
    good = {"name": "Ada", "bio": "", "country": "", "language": "en", "time_zone": "UTC"}

    def put_up(colour: str) -> str:
        picture = io.BytesIO()
        Image.new("RGB", (8, 8), colour).save(picture, "PNG")
        picture.seek(0)
        assert browser.post("/account", {**good, "picture": (picture, "me.png")}).status == 303
        return db.session.get_one(Person, ada.id).picture_key

    first = put_up("red")
    second = put_up("blue")
    assert first != second and find_file_by_public_id(first) is None
    assert browser.post("/account/picture/removal").status == 303
    assert find_file_by_public_id(second) is None
    page = browser.post("/account", {**good, "picture": (io.BytesIO(b"no picture"), "me.png")})
    assert page.status == 422 and page("#picture-error")


@pytest.mark.parametrize("wrong", [{"country": "QQ"}, {"country": "12"}, {"language": "xx"}, {"time_zone": "Mars"}])
def test_what_is_not_on_the_list_is_said_in_words(browse, wrong: dict[str, str]) -> None:
    good = {"name": "Ada", "bio": "", "country": "no", "language": "nb", "time_zone": "Europe/Oslo"}
    browser = browse(make_person("ada"))
    assert browser.post("/account", good).status == 303
    page = browser.post("/account", {**good, **wrong})
    assert page.status == 422 and page(f"#{next(iter(wrong))}-error")
