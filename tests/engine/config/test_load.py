from __future__ import annotations

import io
import json
import time
import zipfile
from pathlib import Path

import pytest

from engine.config import limits
from engine.config.build import compile_config
from engine.config.canonical import write_folder
from engine.config.check import check
from engine.config.load import load
from tests.support.configs import form_of, tiny_app

EVIL = {
    "unended_string": b'{"a": "' + b'\\"' * 2_000_000,
    "deep_lists": b"[" * 5_000_000,
    "deep_objects": b'{"a":' * 500_000,
    "many_values": b'{"app": [' + b"0," * 3_000_000 + b"0]}",
    "long_number": b'{"app": ' + b"9" * 5_000_000 + b"}",
    "long_exponent": b'{"app": 1e' + b"9" * 1000 + b"}",
    "long_text": b'{"app": {"key": "' + b"a" * 5_000_000 + b'"}}',
    "many_members": b'{"app": {' + b",".join(b'"k%d": 0' % n for n in range(300_000)) + b"}}",
    "repeated_members": b'{"app": {' + b",".join(b'"k": 0' for _ in range(300_000)) + b"}}",
    "too_large": b" " * (limits.FILE_BYTES + 1),
    "empty": b"",
    "blank": b"  \n",
    "only_a_mark": b"\xef\xbb\xbf",
    "binary": bytes(range(256)) * 40,
    "half_utf_16": b"\xff\xfe{",
}


def zipped(files: dict[str, bytes | str], **infos: zipfile.ZipInfo) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(infos.get(name, name), content)
    return buffer.getvalue()


def tiny_files() -> dict[str, bytes | str]:
    config = tiny_app()
    files: dict[str, bytes | str] = {"app.json": json.dumps(config["app"])}
    for section in ("forms", "pipelines", "okrs", "alerts"):
        files |= {f"{section}/{one['key']}.json": json.dumps(one) for one in config[section]}
    return files


def codes(what: Path | bytes | str | dict[str, object]) -> list[str]:
    return [fault.code for fault in check(load(what))]


def test_config_reads_the_same_from_folder_zip_text_and_object(tmp_path: Path) -> None:
    write_folder(load(tiny_app()), tmp_path)
    sources = [load(tiny_app()), load(tmp_path), load(zipped(tiny_files())), load(json.dumps(tiny_app()))]

    assert [source.to_dict() for source in sources] == [tiny_app()] * 4
    assert [check(source) for source in sources] == [[]] * 4


def test_zip_with_one_folder_around_everything_is_unwrapped() -> None:
    files = {f"tiny-main/{name}": content for name, content in tiny_files().items()}

    assert load(zipped({**files, "tiny-main/README.md": "# Tiny", "__MACOSX/._app.json": "x"})).to_dict() == tiny_app()


@pytest.mark.parametrize("name", ["../evil.json", "/etc/evil.json", "forms/../../evil.json", "C:/evil.json"])
def test_zip_path_that_leads_outside_is_refused(name: str) -> None:
    assert codes(zipped({**tiny_files(), name: "{}"})) == ["zip.path"]


def test_zip_link_is_refused() -> None:
    info = zipfile.ZipInfo("forms/link.json")
    info.external_attr = 0o120777 << 16

    assert codes(zipped({**tiny_files(), "forms/link.json": "/etc/passwd"}, **{"forms/link.json": info})) == [
        "source.link"
    ]


def test_zip_bomb_is_cut_off() -> None:
    began = time.process_time()
    found = codes(zipped({**tiny_files(), "forms/bomb.json": b" " * 300_000_000}))

    assert found == ["json.size"]
    assert time.process_time() - began < 10


def test_zip_of_too_many_files_is_refused() -> None:
    assert codes(zipped({f"data/{n}.csv": "" for n in range(limits.FILES + 1)})) == ["zip.files"]


def test_zip_that_is_broken_is_refused() -> None:
    assert codes(zipped(tiny_files())[:400]) == ["zip.broken"]


def test_folder_link_is_not_followed(tmp_path: Path) -> None:
    write_folder(load(tiny_app()), tmp_path / "app")
    secret = tmp_path / "secret.json"
    secret.write_text('{"key": "secret"}', encoding="utf-8")
    (tmp_path / "app" / "forms" / "link.json").symlink_to(secret)

    assert codes(tmp_path / "app") == ["source.link"]


def test_form_that_cannot_be_read_is_the_only_fault(tmp_path: Path) -> None:
    write_folder(load(tiny_app()), tmp_path)
    (tmp_path / "forms" / "account.json").write_text('{"key": "account",}', encoding="utf-8")

    assert [(f.code, f.file) for f in check(load(tmp_path))] == [("json.syntax", "forms/account.json")]


def test_folder_that_is_missing_or_empty_says_so(tmp_path: Path) -> None:
    assert codes(tmp_path / "nowhere") == ["source.folder"]
    assert codes(tmp_path) == ["source.no_app"]


def test_file_in_an_unknown_folder_is_pointed_out(tmp_path: Path) -> None:
    write_folder(load(tiny_app()), tmp_path)
    (tmp_path / "notes.json").write_text("{}", encoding="utf-8")

    [fault] = check(load(tmp_path))
    assert (fault.code, fault.file, fault.level) == ("source.unknown_file", "notes.json", "warning")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_is_read_in_the_encodings_of_unicode(encoding: str) -> None:
    assert load(json.dumps(tiny_app(), ensure_ascii=False).encode(encoding)).to_dict() == tiny_app()


def test_text_in_gbk_is_named_and_refused() -> None:
    [fault] = check(load(json.dumps(tiny_app(), ensure_ascii=False).encode("gbk")))

    assert fault.code == "json.encoding"
    assert "GBK" in fault.text


@pytest.mark.parametrize("name", EVIL)
def test_hostile_text_is_refused_quickly(name: str) -> None:
    began = time.process_time()
    faults = check(load(EVIL[name]))

    assert faults
    assert all(fault.level == "error" for fault in faults)
    assert time.process_time() - began < 10


def test_schema_address_in_a_file_is_never_fetched() -> None:
    config = tiny_app()
    config["app"] = {"$schema": "https://127.0.0.1:9/schema.json", **config["app"]}
    config["forms"][0]["$schema"] = "file:///etc/passwd"

    assert check(load(config)) == []


def test_reference_to_a_schema_elsewhere_is_an_unknown_member() -> None:
    config = tiny_app()
    config["forms"][0]["fields"][0]["$ref"] = "https://127.0.0.1:9/field.json"

    assert codes(config) == ["schema.unknown"]


def test_objects_from_python_are_held_to_json() -> None:
    circle = tiny_app()
    circle["forms"][0]["fields"].append(circle)
    assert "json.values" in codes(circle)

    strange = tiny_app()
    strange["app"]["description"] = object()
    strange["forms"][0]["fields"][0]["max_length"] = float("nan")
    assert codes(strange) == ["json.type", "json.number"]


def test_texts_are_kept_in_one_form_of_unicode() -> None:
    config = tiny_app()
    config["app"]["label"] = "cafe\u0301"

    assert load(config).app["label"].text == "café"


def test_no_more_faults_are_told_than_anybody_reads() -> None:
    config = tiny_app()
    config["forms"][0]["fields"] = [{"key": f"f{n}"} for n in range(200)]

    faults = check(load(config))
    assert len(faults) == limits.FAULTS + 1
    assert faults[-1].code == "faults.more"


@pytest.mark.parametrize(
    ("text", "reason", "line", "column"),
    [
        ('{"a": 1,}', "a comma after the last item", 1, 8),
        ('{\n "a": [1, 2, ]}', "a comma after the last item", 2, 12),
        ('{"a" 1}', "a colon was expected", 1, 6),
        ('{"a": 1 "b": 2}', "a comma was expected", 1, 9),
        ("{a: 1}", "the name of a member in double quotes was expected", 1, 2),
        ('{"a": }', "a value was expected", 1, 7),
        ('{"a": "b}', "a text begins here and does not end", 1, 7),
        ('{"a": "b\nc"}', "a text holds a line break or another control character", 1, 9),
        ('{"a": "\\x"}', "a backslash is followed by what it cannot stand before", 1, 8),
        ('{"a": 1} {}', "something follows after the end", 1, 10),
        ('{"a": 1', "the text ends too early", 1, 8),
    ],
)
def test_slip_in_json_is_told_in_plain_words(text: str, reason: str, line: int, column: int) -> None:
    [fault] = check(load(text))

    assert (fault.facts["reason"], fault.facts["line"], fault.facts["column"]) == (reason, line, column)


def test_time_to_check_grows_with_the_form_and_not_with_its_square():
    def spent(size: int) -> float:
        config = tiny_app()
        fields = [{"key": f"x{number}", "type": "number", "label": "X"} for number in range(size)]
        form_of(config, "account")["fields"] += fields
        began = time.process_time()
        compile_config(config)
        return time.process_time() - began

    spent(10)
    small, large = (min(spent(size) for _ in range(3)) for size in (100, 480))

    assert large < 12 * small


def test_without_its_app_file_nothing_else_is_called_wrong() -> None:
    files = tiny_files()
    files.pop("app.json")
    assert codes(zipped(files)) == ["source.no_app"]
    assert len(codes(zipped({**files, "app.json": '{"key": "绝'.encode("gb18030")}))) == 1


def test_what_office_programs_and_macs_leave_behind_is_no_part_of_it() -> None:
    junk = {"forms/~$deal.json": b"", "__MACOSX/._app.json": b"", "forms/.DS_Store": b"", "notes.txt": b"x"}
    assert codes(zipped({**tiny_files(), **junk})) == []
