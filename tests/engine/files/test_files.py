"""Files from the upload to the sweeping: limits, kinds, who may take and see them, what history keeps."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine import alerts, exports
from engine.errors import NotFound, Refused
from engine.files.folder import folder_of, place_of
from engine.files.reading import file_for, path_of, small_path_of
from engine.files.rows import StoredFile
from engine.files.staging import clean_name, place_for, receive, receive_name
from engine.jobs import tick
from engine.records.trash import forget
from forms.errors import FormError
from tests.support.papers import HTML, PDF, SVG, bomb, papers_app, picture


@pytest.fixture
def papers(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("STEERWAY_FILES", str(tmp_path / "kept"))
    tiny.publish(papers_app())
    return tiny


def stage(tiny, content=PDF, name="contract.pdf", field="papers", by="alice") -> str:
    with tiny.db() as session:
        app, user = tiny.live(session), tiny.user(by)
        row = receive(session, place_for(app, "deal", field, user), io.BytesIO(content), name, user, tiny.now)
        return f"{row.token}/{row.name}"


def deal(tiny, by="alice", **values: Any):
    account = tiny.create("account", by, name="Acme", region="north")
    return tiny.create("deal", by, name="Boiler", account=account.id, **values)


def seen(tiny, item: str, by="alice") -> bytes:
    with tiny.db() as session:
        row = file_for(session, item.partition("/")[0], tiny.user(by), tiny.now)
        return path_of(session, row).read_bytes()


def code_of(caught: pytest.ExceptionInfo[FormError]) -> list[tuple[str, str]]:
    return [(fault.code, fault.field) for fault in caught.value.faults]


def rows(tiny):
    with tiny.db() as session:
        return session.scalars(sa.select(StoredFile).order_by(StoredFile.id)).all()


def test_file_is_staged_bound_and_read_by_who_sees_the_record(papers):
    item = stage(papers)
    record = deal(papers, papers=[item])

    assert record["papers"] == [item]
    assert seen(papers, item, "alice") == seen(papers, item, "mona") == PDF
    for stranger in ("bob", "charlie"):
        with pytest.raises(NotFound):
            seen(papers, item, stranger)
    [row] = rows(papers)
    assert (row.record_id, row.field, row.size, row.media_type) == (record.id, "papers", len(PDF), "application/pdf")


def test_file_that_is_staged_belongs_to_who_uploaded_it(papers):
    item = stage(papers)

    assert seen(papers, item) == PDF
    with pytest.raises(NotFound):
        seen(papers, item, "mona")
    with pytest.raises(FormError) as caught:
        deal(papers, "bob", papers=[item])
    assert code_of(caught) == [("field.file", "papers")]


def test_file_is_seen_no_longer_when_the_record_goes_to_somebody_else(papers):
    item = stage(papers)
    record = deal(papers, papers=[item])

    papers.update(record, "ada", owner=papers.user("charlie").id)

    with pytest.raises(NotFound):
        seen(papers, item, "alice")
    assert seen(papers, item, "charlie") == PDF


def test_file_of_a_hidden_field_is_not_there(papers):
    item = stage(papers, field="vault", by="ada")
    deal(papers, "ada", vault=[item], owner=papers.user("alice").id)

    assert seen(papers, item, "ada") == PDF
    with pytest.raises(NotFound):
        seen(papers, item, "alice")
    with pytest.raises(NotFound):
        stage(papers, field="vault", by="alice")


@pytest.mark.parametrize("field", ["name", "nothing", "search_text"])
def test_place_for_files_is_a_field_of_files(papers, field):
    with pytest.raises(NotFound):
        stage(papers, field=field)


def test_upload_needs_the_right_to_write(papers):
    config = papers_app()
    config["forms"][1]["permissions"][0]["actions"] = ["read"]
    papers.publish(config)

    with pytest.raises(Refused):
        stage(papers)


@pytest.mark.parametrize(
    ("field", "name", "content", "code"),
    [
        ("papers", "big.pdf", b"x" * (1024 * 1024 + 1), "field.too_large"),
        ("papers", "none.pdf", b"", "field.file_empty"),
        ("offer", "page.pdf", HTML, "field.file_type"),
        ("offer", "page.docx", b"MZ\x90\x00program", "field.file_type"),
        ("offer", "drawing.png", SVG, "field.file_type"),
        ("offer", "note.txt", b"hello", "field.file_type"),
        ("photos", "photo.png", PDF, "field.file_type"),
        ("photos", "photo.svg", SVG, "field.file_type"),
        ("photos", "photo.png", picture()[:60], "field.picture"),
        ("photos", "photo.png", bomb(), "field.picture"),
        ("mark", "mark.txt", b"me", "field.file_type"),
    ],
)
def test_upload_is_refused_and_leaves_nothing(papers, field, name, content, code):
    with pytest.raises(FormError) as caught:
        stage(papers, content, name, field)

    assert code_of(caught) == [(code, field)]
    assert rows(papers) == []
    with papers.db() as session:
        assert [path for path in folder_of(session).rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("field", "name", "content", "kind"),
    [
        (
            "offer",
            "a.docx",
            b"PK\x03\x04rest",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("offer", "photo.jpg", picture(kind="JPEG"), "image/jpeg"),
        ("papers", "page.html", HTML, "text/html"),
        ("papers", "picture.svg", SVG, "image/svg+xml"),
        ("papers", "list.csv", "名称,金额\n甲,1\n".encode(), "text/csv"),
        ("papers", "bomb.png", bomb(), "image/png"),
        ("photos", "photo.webp", picture(kind="WEBP"), "image/webp"),
    ],
)
def test_kind_of_a_file_is_found_in_its_bytes(papers, field, name, content, kind):
    stage(papers, content, name, field)

    assert [row.media_type for row in rows(papers)] == [kind]


def test_more_files_than_fit_are_refused(papers):
    items = [stage(papers, name=f"{number}.pdf") for number in range(4)]

    with pytest.raises(FormError) as caught:
        deal(papers, papers=items)

    assert code_of(caught) == [("field.too_many", "papers")]


def test_limits_are_those_of_the_field_that_takes_the_file(papers):
    page = stage(papers, HTML, "page.html")

    with pytest.raises(FormError) as caught:
        deal(papers, offer=[page])

    assert code_of(caught) == [("field.file_type", "offer")]


def test_file_is_taken_by_one_record_alone(papers):
    item = stage(papers)
    first = deal(papers, papers=[item])

    with pytest.raises(FormError) as caught:
        papers.create("deal", name="Pump", account=first["account"], papers=[item])
    assert code_of(caught) == [("field.file", "papers")]
    with pytest.raises(FormError):
        papers.update(first, offer=[item])
    other = stage(papers)
    with pytest.raises(FormError):
        papers.update(first, papers=[item, other], offer=[other])


def test_name_of_a_file_is_what_was_uploaded_whatever_is_posted(papers):
    token = stage(papers).partition("/")[0]

    record = deal(papers, papers=[f"{token}/<b>other.exe"])

    assert record["papers"] == [f"{token}/contract.pdf"]
    assert papers.update(record, papers=token)["papers"] == [f"{token}/contract.pdf"]
    assert papers.get(record).version == 1


def test_file_that_is_taken_off_stays_for_history_and_comes_back(papers):
    one, two = stage(papers), stage(papers, name="two.pdf")
    record = deal(papers, papers=[one, two])
    then = papers.now

    record = papers.update(record, now=papers.now + timedelta(hours=1), papers=[two])

    assert record["papers"] == [two]
    assert papers.get(record, at=then)["papers"] == [one, two]
    assert seen(papers, one) == PDF
    assert [row.removed_at is None for row in rows(papers)] == [False, True]
    assert papers.update(record, papers=[two, one])["papers"] == [two, one]
    assert [row.removed_at for row in rows(papers)] == [None, None]


def test_files_that_nobody_took_and_that_were_taken_off_long_ago_are_dropped(papers):
    lost, kept, off = stage(papers, name="lost.pdf"), stage(papers), stage(papers, name="off.pdf")
    record = deal(papers, papers=[kept, off])
    papers.update(record, papers=[kept])

    early = forget(papers.db, papers.now + timedelta(days=6, hours=23))
    lost_only = forget(papers.db, papers.now + timedelta(days=29))
    both = forget(papers.db, papers.now + timedelta(days=31))

    assert (dict(early), dict(lost_only), dict(both)) == ({}, {"files_dropped": 1}, {"files_dropped": 1})
    with papers.db() as session:
        left = [place_of(session, one.partition("/")[0]).is_file() for one in (lost, kept, off)]
    assert left == [False, True, False]
    assert [row.name for row in rows(papers)] == ["contract.pdf"]


def test_upload_that_breaks_off_leaves_nothing(papers):
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            raise ConnectionResetError

    with papers.db() as session:
        user = papers.user("alice")
        place = place_for(papers.live(session), "deal", "papers", user)
        with pytest.raises(ConnectionResetError):
            receive(session, place, Broken(), "x.pdf", user, papers.now)

    assert rows(papers) == []


def test_small_view_is_upright_small_and_empty_of_all_but_the_picture(papers):
    from PIL import Image

    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "Mallory's house, 31.2304 N"
    item = stage(papers, picture(1200, 600, "JPEG", exif=exif.tobytes()), "photo.jpg", "photos")

    with papers.db() as session:
        row = file_for(session, item.partition("/")[0], papers.user("alice"), papers.now)
        path = small_path_of(session, row)
        content = path.read_bytes()
        with Image.open(path) as small:
            size, kept = small.size, dict(small.getexif())

    assert size == (240, 480)
    assert kept == {}
    assert b"Mallory" not in content
    assert small_path_of(papers.db(), row) == path


def test_small_view_is_of_pictures_alone(papers):
    for name, content in (("a.pdf", PDF), ("bomb.png", bomb())):
        item = stage(papers, content, name)
        with papers.db() as session, pytest.raises(NotFound):
            small_path_of(session, file_for(session, item.partition("/")[0], papers.user("alice"), papers.now))


def test_signature_may_be_a_name(papers):
    with papers.db() as session:
        app, user = papers.live(session), papers.user("alice")
        row = receive_name(session, place_for(app, "deal", "mark", user), " Alice   Müller ", user, papers.now)

    record = deal(papers, mark=[f"{row.token}/{row.name}"])

    assert (row.name, row.media_type) == ("Alice Müller.png", "image/png")
    assert seen(papers, record["mark"][0]).startswith(b"\x89PNG")


def test_signature_is_one_alone(papers):
    items = [stage(papers, picture(), "s.png", "mark") for _ in range(2)]

    with pytest.raises(FormError) as caught:
        deal(papers, mark=items)

    assert code_of(caught) == [("field.too_many", "mark")]


def test_files_are_exported_by_name_and_never_imported(papers):
    deal(papers, papers=[stage(papers, name="a;b.pdf"), stage(papers, name="two.pdf")])
    with papers.db() as session:
        app, ada = papers.live(session), papers.user("ada")
        header, line = exports.rows(session, app, "deal", ada, papers.now)

    assert line[header.index("papers")] == "a;b.pdf; two.pdf"
    with pytest.raises(FormError) as caught:
        papers.create("deal", "ada", via="import", name="Pump", account="Acme", papers="a.pdf")
    assert code_of(caught) == [("field.files", "papers")]


def test_files_are_searched_by_name(papers):
    deal(papers, papers=[stage(papers, name="合同 Rahmenvertrag.pdf")])

    assert papers.names("deal", text="rahmenvertrag") == ["Boiler"]
    assert papers.names("deal", text="合同") == ["Boiler"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\offer.pdf", "offer.pdf"),
        ("a\x00b\r\nc.txt", "a_b__c.txt"),
        ("evil\u202egnp.exe", "evil_gnp.exe"),
        ("   ", "file"),
        ("..", "file"),
        ("x" * 400 + ".docx", "x" * 130 + ".docx"),
        ("报价 单.pdf", "报价 单.pdf"),
    ],
)
def test_name_is_cleaned(sent, kept):
    assert clean_name(sent) == kept


def test_reading_many_files_takes_as_many_statements_as_one(papers, statements):
    from engine.files.binding import files_named

    items = [stage(papers, name=f"{number}.pdf") for number in range(30)]

    counts = []
    for some in (items[:1], items):
        with statements() as sent, papers.db() as session:
            files_named(session, [one.partition("/")[0] for one in some])
        counts.append(len([one for one in sent if "sw_file" in one]))

    assert counts == [1, 1]


def test_files_of_a_deleted_record_are_for_those_who_may_restore_it(papers):
    item = stage(papers)
    record = deal(papers, papers=[item])
    papers.delete(record)

    assert seen(papers, item, "ada") == PDF
    with pytest.raises(NotFound):
        seen(papers, item, "alice")


def test_messages_name_files_and_no_tokens(papers):
    config = papers_app()
    config["alerts"].append(
        {
            "key": "came",
            "label": "Papers came",
            "form": "deal",
            "when": "is_filled(papers) and size(papers) == 2",
            "message": "{name}: {papers}",
            "notify": [{"to": ["owner"]}],
        }
    )
    papers.publish(config)
    deal(papers, papers=[stage(papers), stage(papers, name="two.pdf")])

    tick(papers.db, papers.now)

    with papers.db() as session:
        texts = [one.text for one in alerts.inbox(session, papers.user("alice")) if one.rule == "came"]
    assert texts == ["Boiler: contract.pdf, two.pdf"]
