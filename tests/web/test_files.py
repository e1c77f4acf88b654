"""Uploads, with and without script, and downloads: headers, rights, small views."""

from __future__ import annotations

import io
import re

import pytest

from tests.support.papers import HTML, PDF, SVG, papers_app, picture
from tests.support.site import words


@pytest.fixture
def papers(site, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("STEERWAY_FILES", str(tmp_path / "kept"))
    tiny.publish(papers_app())
    site.account = tiny.create("account", name="Acme", region="north").id
    return site


def typed(site, **more):
    return {"name": "Boiler", "account": str(site.account), **more}


def upload(content, name):
    return io.BytesIO(content), name


def made(tiny, by="alice"):
    [record] = tiny.query("deal", by).records
    return record


def fetch(visitor, address, **headers):
    """Ask for a file, whose bytes are no text."""
    answer = visitor.client.get(address, headers=headers)
    answer.get_data()
    answer.close()
    return answer


def addresses_in(answer):
    return re.findall(r'(?:href|src)="(/files/[^"]+)"', answer.text)


def test_files_are_added_by_a_plain_form_and_handed_over(papers, tiny):
    alice = papers.visitor("alice")

    answer = alice.post(
        "/a/tiny/deal/new",
        **typed(papers),
        **{
            "papers.file": [upload(PDF, "合同 1.pdf"), upload(HTML, "page.html")],
            "photos.file": upload(picture(), "photo.png"),
            "mark.typed": "Alice A",
        },
    )
    page = alice.get(answer.location)
    files = {address: fetch(alice, address) for address in addresses_in(page)}

    assert answer.status_code == 303
    assert "合同 1.pdf" in words(page)
    assert len(files) == 6  # two papers, photo and signature with a small view each
    for address, file in files.items():
        assert file.status_code == 200
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        assert file.headers["Content-Security-Policy"].startswith("default-src 'none'; sandbox")
        assert file.headers["Cache-Control"] == "private, no-cache"
        assert file.mimetype in ("application/octet-stream", "image/png", "image/jpeg")
        shown = address.endswith(("?view=1", "/small"))
        assert file.headers.get("Content-Disposition", "inline").startswith("inline" if shown else "attachment")
    assert {file.data for file in files.values()} >= {PDF, HTML, picture()}


@pytest.mark.parametrize(("name", "content"), [("x.svg", SVG), ("x.html", HTML), ("x.txt", b"hi"), ("x.png", SVG)])
def test_nothing_that_could_run_is_ever_shown(papers, tiny, name, content):
    alice = papers.visitor("alice")
    alice.post("/a/tiny/deal/new", **typed(papers), **{"papers.file": upload(content, name)})
    token = made(tiny)["papers"][0].partition("/")[0]

    file = fetch(alice, f"/files/{token}?view=1")

    assert (file.mimetype, file.headers["Content-Disposition"].partition(";")[0]) == (
        "application/octet-stream",
        "attachment",
    )
    assert fetch(alice, f"/files/{token}/small").status_code == 404


def test_files_are_not_there_for_others_and_gone_with_the_right(papers, tiny):
    alice, bob = papers.visitor("alice"), papers.visitor("bob")
    alice.post("/a/tiny/deal/new", **typed(papers), **{"photos.file": upload(picture(), "p.png")})
    record = made(tiny)
    token = record["photos"][0].partition("/")[0]
    ask = (f"/files/{token}", f"/files/{token}/small")

    assert [fetch(alice, one).status_code for one in ask] == [200, 200]
    assert [fetch(bob, one).status_code for one in ask] == [404, 404]
    etag = fetch(alice, ask[0]).headers["ETag"]
    assert fetch(alice, ask[0], **{"If-None-Match": etag}).status_code == 304
    tiny.update(record, "ada", owner=tiny.user("bob").id)
    assert [fetch(alice, one, **{"If-None-Match": etag}).status_code for one in ask] == [404, 404]
    assert [fetch(papers.visitor(), one).status_code for one in ask] == [303, 303]
    assert [fetch(alice, f"/files/{one}").status_code for one in ("x", "0" * 32, "..%2f..%2fetc")] == [404] * 3


def test_form_that_is_refused_keeps_its_files(papers, tiny):
    alice = papers.visitor("alice")
    sent = {"papers.file": [upload(PDF, "a.pdf"), upload(b"", "none.pdf")], "photos.file": upload(PDF, "photo.png")}

    answer = alice.post("/a/tiny/deal/new", **typed(papers, name="Boiler"), **sent)

    assert answer.status_code == 422
    assert "The file is empty." in words(answer)
    assert "“photo.png” is not a picture." in words(answer)
    [kept] = re.findall(r'name="papers" value="([0-9a-f]{32}/a\.pdf)" checked', answer.text)
    alice.post("/a/tiny/deal/new", **typed(papers, papers=["", kept]))
    assert made(tiny)["papers"] == [kept]


def test_file_whose_box_is_not_ticked_is_taken_off(papers, tiny):
    alice = papers.visitor("alice")
    sent = {"papers.file": [upload(PDF, "a.pdf"), upload(PDF, "b.pdf")]}
    alice.post("/a/tiny/deal/new", **typed(papers), **sent)
    _one, two = made(tiny)["papers"]

    alice.post(f"/a/tiny/deal/{made(tiny).id}/edit", **typed(papers, papers=["", two], version="1"))
    first = made(tiny)["papers"]
    alice.post(f"/a/tiny/deal/{made(tiny).id}/edit", **typed(papers, papers="", version="2"))

    assert (first, made(tiny)["papers"]) == ([two], None)
    assert "a.pdf" in words(alice.get(f"/a/tiny/deal/{made(tiny).id}"))  # history tells


def test_upload_is_streamed_and_answers_its_line(papers, tiny):
    alice = papers.visitor("alice")
    alice.get("/a/tiny/deal/new")
    head = {"X-CSRFToken": alice.token, "X-File-Name": "%E5%90%88.pdf", "Content-Type": "application/octet-stream"}

    def send(content, address="/a/tiny/deal/files?field=papers", **more):
        return alice.client.post(address, data=content, headers=head | more)

    good = send(PDF)
    assert (good.status_code, "合.pdf" in good.text) == (201, True)
    assert [send(b"").status_code, send(b"x" * (1024 * 1024 + 1)).status_code] == [422, 422]
    assert send(PDF, "/a/tiny/deal/files?field=vault").status_code == 404
    assert send(PDF, "/a/tiny/deal/files?field=name").status_code == 404
    assert send(PDF, "/a/other/deal/files?field=papers").status_code == 404
    assert send(PDF, **{"X-CSRFToken": "no"}).status_code == 400
    assert papers.visitor().client.post("/a/tiny/deal/files?field=papers", data=PDF).status_code in (303, 400)


def test_pages_take_as_many_statements_for_thirty_files_as_for_one(papers, tiny, statements):
    config = papers_app()
    config["forms"][1]["fields"][-5]["max_files"] = 30
    config["forms"][1]["list"]["columns"].append("papers")
    tiny.publish(config)
    alice = papers.visitor("alice")
    alice.post("/a/tiny/deal/new", **typed(papers), **{"papers.file": upload(PDF, "one.pdf")})
    record = made(tiny)
    counts = []
    for _ in range(2):
        for address in (f"/a/tiny/deal/{record.id}", f"/a/tiny/deal/{record.id}/edit", "/a/tiny/deal/"):
            with statements() as sent:
                assert alice.get(address).status_code == 200
            counts.append(len(sent))
        held = made(tiny)["papers"]
        more = [upload(PDF, f"{number}.pdf") for number in range(29)]
        version = str(made(tiny).version)
        alice.post(
            f"/a/tiny/deal/{record.id}/edit", **typed(papers, papers=held, version=version), **{"papers.file": more}
        )
        if len(counts) == 3:
            assert len(made(tiny)["papers"]) == 30

    assert counts[:3] == counts[3:]
