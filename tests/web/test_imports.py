from __future__ import annotations

import io
import re

import pytest

from tests.support.site import part, words

SHEET = "Name,Region,Tier,Phone\nAcme,North,Key account,13800138000\nBolt,South,,\nCrux,Middle,Standard,\n,North,,\n"


def hidden(answer, name):
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    return found[1].replace("&#34;", '"').replace("&amp;", "&") if found else ""


@pytest.fixture
def alice(site):
    return site.visitor("alice")


def upload(visitor, text=SHEET, name="accounts.csv", form="account"):
    visitor.get(f"/a/tiny/{form}/import")
    return visitor.post(f"/a/tiny/{form}/import", step="upload", file=(io.BytesIO(text.encode()), name))


def test_import_goes_step_by_step_and_again_without_doubles(site, tiny, alice):
    columns = upload(alice)
    assert '<option value="name" selected>Name</option>' in columns.text
    assert "4 rows." in words(columns)
    sent = {"token": hidden(columns, "token"), "mapping": hidden(columns, "mapping"), "key_asked": "1", "key": "name"}

    preview = alice.post("/a/tiny/account/import", step="preview", **sent)
    assert "2 new 0 changed 0 unchanged 2 left out" in part(preview, 'class="figures"')
    assert tiny.query("account").count == 0
    dirt = words(preview)
    assert "4 Region Middle “Middle” is not one of the options. row left out" in dirt
    assert "This field must be filled." in dirt or "The key is empty" in dirt

    mapped = alice.post(
        "/a/tiny/account/import",
        step="preview",
        token=sent["token"],
        mapping=hidden(preview, "mapping"),
        **{"value.1.0": "Middle", "meaning.1.0": "south"},
    )
    assert "3 new 0 changed 0 unchanged 1 left out" in part(mapped, 'class="figures"')

    done = alice.post("/a/tiny/account/import", step="run", token=sent["token"], mapping=hidden(mapped, "mapping"))
    assert "3 records were written." in words(done)
    assert sorted(tiny.names("account")) == ["Acme", "Bolt", "Crux"]

    again = upload(alice)
    preview = alice.post(
        "/a/tiny/account/import", step="preview", token=hidden(again, "token"), mapping=hidden(mapped, "mapping")
    )
    assert "0 new 0 changed 3 unchanged 1 left out" in part(preview, 'class="figures"')


def test_import_of_chinese_sheets_finds_the_columns(site, alice):
    site.speak("alice", "zh_Hans")

    columns = upload(
        alice,
        "名称,区域,电话\n甲公司,北区,138 0013 8000\n".encode("gbk").decode("latin-1").encode("latin-1").decode("gbk"),
    )

    assert '<option value="name" selected>名称</option>' in columns.text
    assert '<option value="region" selected>区域</option>' in columns.text


def test_import_mends_the_mapping_by_hand(alice):
    columns = upload(alice, "Firma,Gebiet\nAcme,North\n")
    sent = {"token": hidden(columns, "token"), "mapping": hidden(columns, "mapping"), "key_asked": "1"}

    preview = alice.post("/a/tiny/account/import", step="preview", **sent, **{"field.0": "name", "field.1": "region"})

    assert "1 new" in part(preview, 'class="figures"')


def test_import_refuses_a_mapping_that_fills_a_field_twice(alice):
    columns = upload(alice)
    sent = {"token": hidden(columns, "token"), "mapping": hidden(columns, "mapping")}

    answer = alice.post("/a/tiny/account/import", step="preview", **sent, **{"field.0": "name", "field.1": "name"})

    assert answer.status_code == 422
    assert "is filled by more than one column." in words(answer)


@pytest.mark.parametrize(("text", "said"), [("", "Choose a file first."), ("\x00\x00\x00", "file")])
def test_import_refuses_what_is_no_sheet(alice, text, said):
    answer = upload(alice, text)

    assert answer.status_code == 422
    assert said in words(answer)


def test_import_is_for_those_who_may(site, tiny, alice):
    assert alice.get("/a/tiny/visit/import").status_code == 403
    assert alice.get("/a/other/account/import").status_code == 404


def test_uploaded_file_is_nobody_else_s(site, alice):
    token = hidden(upload(alice), "token")

    for stolen in (token, "../../etc/passwd", f"{token}/../x", "0-aaaaaaaaaaaaaaaaaaaaaaaa"):
        answer = site.visitor("charlie").post("/a/tiny/account/import", step="preview", token=stolen)
        assert answer.status_code == 404


def test_import_reaches_only_own_fields_and_records(site, tiny, alice):
    tiny.create("account", name="Acme", region="north")
    columns = upload(alice, "Name,Account,Amount,Margin\nBoiler,Acme,5,77\n", form="deal")

    assert 'value="margin"' not in columns.text


def test_import_without_script_shows_its_steps(alice):
    assert "1. File 2. Columns 3. Preview 4. Result" in words(alice.get("/a/tiny/account/import"))
