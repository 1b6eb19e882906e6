"""Taking everything along, and leaving for good (P3, P20)."""

from __future__ import annotations

import io
import json
import zipfile

import sqlalchemy as sa

from classprojects.core.database import db, transaction
from classprojects.notifications.models import Mail, MailState
from classprojects.works import actions
from tests.factories.people import PASSWORD, make_person
from tests.factories.works import make_work


def test_p20_one_download_holds_everything(browse) -> None:
    ada, ben = make_person("ada"), make_person("ben")
    root = make_work(ben, title="Root")
    work = make_work(ada, title="Kites \u05d0 🪁", body="Up they go.", tags=("wind",), sources=[root])
    with transaction():
        actions.comment_on_work(ada, root, "I took your line.")
        actions.heart_work(ada, root)
    page = browse(ada).get("/account/export.zip")
    assert page.status == 200 and page.headers["Content-Type"] == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(page.response.get_data()))
    page.response.close()
    read = {name: json.loads(archive.read(name)) for name in archive.namelist() if name.endswith(".json")}
    assert read["account.json"]["email"] == "ada@example.test"
    assert read["works.json"][0]["versions"][0]["title"] == "Kites \u05d0 🪁"
    assert read["lineage.json"][0] | {"at": ""} == {
        "child": str(work.id), "parent": str(root.id), "parent_version": str(root.current_version_id),
        "kind": "built_on", "note": "", "at": "",
    }  # fmt: skip
    assert read["comments.json"][0]["body"] == "I took your line."
    assert read["hearts.json"]["works"] == [f"http://localhost/works/{root.id}"]


def test_p20_leaving_erases_the_person_and_keeps_others_lineage(browse, client) -> None:
    ada, ben = make_person("ada", name="Ada Lovelace"), make_person("ben")
    work = make_work(ada, title="Kites", body="Up they go.")
    remix = make_work(ben, title="Higher", sources=[work])
    with transaction():
        actions.comment_on_work(ada, remix, "Look at it climb.")
    browser = browse(ada)
    assert browser.post("/account/delete", {"password": "wrong"}).status == 422
    assert browser.get(f"/works/{work.id}").status == 200
    page = browser.post("/account/delete", {"password": PASSWORD})
    assert page.status == 303
    assert browser.get("/account").status == 303
    assert client.get("/people/ada").status == 404
    page = client.get(f"/works/{remix.id}")
    assert page.status == 200 and "climb" not in page.text
    lineage = client.get(f"/works/{remix.id}/lineage.json").json
    assert [edge["parent"] for edge in lineage["edges"]] == [str(work.id)]
    assert [node["tombstone"] for node in lineage["nodes"] if node["id"] == str(work.id)] == [True]
    for address in (f"/works/{remix.id}", f"/works/{remix.id}/lineage", f"/works/{work.id}", "/search?q=kites"):
        assert "Lovelace" not in client.get(address).text and "Up they go" not in client.get(address).text, address
    assert browse().post("/login", {"email": "ada@example.test", "password": PASSWORD}).status == 422


def test_p3_leaving_ends_the_membership(browse, cast) -> None:
    from classprojects.billing.queries import has_membership
    from classprojects.core import clock

    person = cast.subscriber
    assert has_membership(person.id, clock.now())
    assert browse(person).post("/account/delete", {"password": PASSWORD}).status == 303
    assert not has_membership(person.id, clock.now())


def test_p20_leaving_forgets_where_mail_went(browse) -> None:
    browser = browse()
    browser.post("/signup", {"handle": "ada", "email": "ada@example.org", "password": PASSWORD})
    assert db.session.scalars(sa.select(Mail.address)).all() == ["ada@example.org"]
    assert browser.post("/account/delete", {"password": PASSWORD}).status == 303
    (mail,) = db.session.scalars(sa.select(Mail))
    assert (mail.address, mail.context) == (None, {}) and mail.state in {MailState.SENT, MailState.DROPPED}
