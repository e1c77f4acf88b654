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
    assert done.status_code == 303
    assert "3 new 1 left out" in part(alice.get(done.location), 'class="figures"')
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


def test_dates_that_can_be_read_in_two_ways_are_asked(site, tiny, alice):
    tiny.create("account", name="Acme", region="north")
    columns = upload(alice, "Name,Account,Expected on\nOne,Acme,03/04/2026\nTwo,Acme,05/04/2026\n", form="deal")
    sent = {"token": hidden(columns, "token"), "mapping": hidden(columns, "mapping"), "key_asked": "1"}
    assert 'name="format.2"' in columns.text

    asked = alice.post("/a/tiny/deal/import", step="preview", **sent)
    assert asked.status_code == 422
    assert "“03/04/2026” in the column Expected on can be read in two ways" in words(asked)

    chosen = {"format.2": "dmy"}
    preview = alice.post("/a/tiny/deal/import", step="preview", **sent, **chosen)
    assert "2 new" in part(preview, 'class="figures"')
    alice.post("/a/tiny/deal/import", step="run", token=sent["token"], mapping=hidden(preview, "mapping"))
    found = tiny.query("deal", "ada", sort=["name"]).records
    assert [str(one["expected_on"]) for one in found] == ["2026-04-03", "2026-04-05"]


def test_dates_that_can_be_read_in_one_way_are_not(site, tiny, alice):
    tiny.create("account", name="Acme", region="north")
    columns = upload(alice, "Name,Account,Expected on\nOne,Acme,03/04/2026\nTwo,Acme,25/04/2026\n", form="deal")
    sent = {"token": hidden(columns, "token"), "mapping": hidden(columns, "mapping"), "key_asked": "1"}
    preview = alice.post("/a/tiny/deal/import", step="preview", **sent)
    assert "2 new" in part(preview, 'class="figures"')
    assert "&#34;dmy&#34;" in preview.text


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030", "utf-8-sig"])
def test_encodings_are_found_shown_and_can_be_chosen(site, tiny, alice, encoding):
    data = "名称,区域\n甲公司上海分公司,北区\n乙公司广州分公司,南区\n".encode(encoding)
    alice.get("/a/tiny/account/import")
    columns = alice.post("/a/tiny/account/import", step="upload", file=(io.BytesIO(data), "a.csv"))
    assert f"<option selected>{encoding}</option>" in columns.text
    assert "甲公司" in columns.text
    wrong = alice.post(
        "/a/tiny/account/import", step="columns", token=hidden(columns, "token"), encoding="latin-1", delimiter=","
    )
    assert "甲公司" not in wrong.text


def test_mapping_is_remembered_for_the_same_columns(site, tiny, alice):
    columns = upload(alice, "Firma,Gebiet\nAcme,North\n")
    sent = {"token": hidden(columns, "token"), "mapping": hidden(columns, "mapping"), "key_asked": "1"}
    chosen = {"field.0": "name", "field.1": "region", "key": "name"}
    alice.post("/a/tiny/account/import", step="run", **sent, **chosen)

    again = upload(alice, "Gebiet,Firma\nSouth,Bolt\n")

    assert "matched as the last time" in words(again)
    assert '<option value="region" selected>' in again.text
    assert "matched as the last time" not in words(upload(site.visitor("bob"), "Firma,Gebiet\nAcme,North\n"))


def test_rows_that_were_left_out_are_mended_and_loaded_again(site, tiny, alice):
    columns = upload(alice, "Name,Region,Phone\nAcme,North,\nBolt,Nowhere,13800138000\n'=1+1,South,\n=2,Here,\n")
    sent = {"token": hidden(columns, "token"), "mapping": hidden(columns, "mapping"), "key_asked": "1", "key": "name"}
    done = alice.post("/a/tiny/account/import", step="run", **sent)
    assert sorted(tiny.names("account")) == ["=1+1", "Acme"]

    sheet = alice.get(f"{done.location}/sheet.csv?faults=1").data.decode("utf-8-sig")
    assert sheet.splitlines()[0] == "Name,Region,Phone,What is wrong"
    assert "Bolt,Nowhere,13800138000,Region: “Nowhere” is not one of the options." in sheet
    assert "'=2,Here" in sheet

    again = upload(alice, sheet.replace("Nowhere", "North").replace("Here", "South"))
    assert "matched as the last time" in words(again)
    sent = {"token": hidden(again, "token"), "mapping": hidden(again, "mapping")}
    alice.post("/a/tiny/account/import", step="run", **sent)
    assert sorted(tiny.names("account")) == ["=1+1", "=2", "Acme", "Bolt"]
