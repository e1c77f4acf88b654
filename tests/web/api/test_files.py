"""Files through the API: sent, taken by a record, read again; within the same rights."""

from __future__ import annotations

import pytest

from tests.support.papers import HTML, PDF, papers_app


@pytest.fixture
def papers(site, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("STEERWAY_FILES", str(tmp_path / "kept"))
    tiny.publish(papers_app())
    site.account = tiny.create("account", name="Acme", region="north").id
    return site


def send(program, field="papers", content=PDF, name="a.pdf", **headers):
    sent = {
        "Authorization": f"Bearer {program.secret}",
        "Content-Type": "application/octet-stream",
        "X-File-Name": name,
    }
    address = f"/api/v1/tiny/deal/files?field={field}"
    return program.app.test_client().post(address, data=content, headers=sent | headers)


def test_file_is_sent_taken_and_read(papers, program):
    alice = program("alice")

    told = send(alice)
    made = alice(
        "POST", "/tiny/deal", {"name": "Boiler", "account": papers.account, "papers": [{"id": told.json["id"]}]}
    )
    file = alice("GET", f"/tiny/deal/files/{told.json['id']}")

    assert (told.status_code, told.json["media_type"], told.json["size"]) == (201, "application/pdf", len(PDF))
    address = f"/files/{told.json['id']}"
    assert made.json["papers"] == [{"id": told.json["id"], "name": "a.pdf", "url": address}]
    assert (file.status_code, file.get_data(), file.mimetype) == (200, PDF, "application/octet-stream")
    assert file.headers["Content-Disposition"] == "attachment; filename=a.pdf"
    file.close()
    again = alice("PATCH", f"/tiny/deal/{made.json['id']}", {"papers": made.json["papers"]})
    assert (again.status_code, again.json["version"]) == (200, 1)
    assert program("bob")("GET", f"/tiny/deal/files/{told.json['id']}").status_code == 404
    assert alice("GET", f"/tiny/account/files/{told.json['id']}").status_code == 404


def test_file_that_may_not_be_sent_is_refused_in_words(papers, program):
    alice = program("alice")

    page = send(alice, "offer", HTML)

    assert (page.status_code, [(one["code"], one["field"]) for one in page.json["errors"]]) == (
        422,
        [("field.file_type", "offer")],
    )
    assert send(alice, "vault").status_code == 404
    assert send(alice, "name").status_code == 404
    assert send(alice, **{"Content-Type": "text/plain"}).status_code == 400
    assert send(program("alice", "read")).status_code == 403
    assert send(program("alice"), Authorization="Bearer no").status_code == 401


def test_description_names_where_files_go(papers, program):
    paths = program("alice")("GET", "/tiny/openapi.json").json["paths"]

    [field, _name] = paths["/api/v1/tiny/deal/files"]["post"]["parameters"]
    assert field["schema"]["enum"] == ["papers", "offer", "photos", "mark"]
    assert "/api/v1/tiny/account/files" not in paths
