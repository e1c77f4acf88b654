"""Files of many makers: encodings, delimiters, quotes, ragged rows, and files that are refused with a reason."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest
from xlsxwriter import Workbook

from engine.imports import kept
from engine.imports import read as reading
from engine.imports.errors import ImportRefused
from engine.imports.read import read

CHINESE = "客户名称,城市,金额\n上海澜岳精密制造有限公司,上海,100\n北京启川科技有限公司,北京,250\n"
TRADITIONAL = "客戶名稱,聯絡人\n臺北精密股份有限公司,林雅婷\n高雄貿易行,陳志強\n"
WESTERN = "name,city\nJosé Núñez,Málaga\nFrançois Œuvre,Orléans\nJürgen Groß,Köln\n"


def cells(data: bytes, **options: str) -> list[tuple[str, ...]]:
    return [row.cells for row in read(data, **options).rows]


def refusal(data: bytes, **options: str) -> str:
    with pytest.raises(ImportRefused) as refused:
        read(data, **options)
    assert refused.value.faults[0].text  # the sentence can be filled in
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        (CHINESE, "utf-8", "utf-8"),
        (CHINESE, "utf-8-sig", "utf-8-sig"),
        (CHINESE, "utf-16", "utf-16"),
        (CHINESE, "utf-16-le", "utf-16-le"),
        (CHINESE, "utf-16-be", "utf-16-be"),
        (CHINESE, "utf-32", "utf-32"),
        (CHINESE, "gbk", "gb18030"),
        (CHINESE, "gb18030", "gb18030"),
        (TRADITIONAL, "big5", "cp950"),
        (WESTERN, "cp1252", "cp1252"),
    ],
)
def test_read_finds_the_encoding(text: str, encoding: str, found: str) -> None:
    table = read(text.encode(encoding))

    assert table.encoding == found
    assert table.header == tuple(text.split("\n", maxsplit=1)[0].split(","))
    assert [",".join(row.cells) for row in table.rows] == text.strip().split("\n")[1:]


def test_read_with_a_chosen_encoding_uses_it() -> None:
    assert cells("a\né".encode("latin-1"), encoding="latin-1") == [("é",)]


def test_read_refuses_an_encoding_that_does_not_fit() -> None:
    assert refusal("客户\n上海".encode("gbk"), encoding="utf-8") == "wrong_encoding"


@pytest.mark.parametrize("name", ["rot13", "zip", "idna", "../../etc/passwd", "utf-7"])
def test_read_refuses_what_is_no_encoding_of_a_table(name: str) -> None:
    assert refusal(b"a,b\n1,2", encoding=name) == "unknown_encoding"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_read_finds_the_delimiter(delimiter: str) -> None:
    table = read(f'name{delimiter}note\nAda{delimiter}"one, two; three"\nBob{delimiter}x\n'.encode())

    assert table.delimiter == delimiter
    assert [row.cells for row in table.rows] == [("Ada", "one, two; three"), ("Bob", "x")]


def test_read_takes_the_delimiter_a_spreadsheet_announces() -> None:
    assert cells(b"sep=;\r\na;b\r\n1,5;2\r\n") == [("1,5", "2")]


def test_read_of_one_column_needs_no_delimiter() -> None:
    assert cells(b"name\nAda\nBob\n") == [("Ada",), ("Bob",)]


def test_read_keeps_line_breaks_and_quotes_inside_cells() -> None:
    assert cells(b'a,b\n"line 1\nline 2","say ""hi"""\n') == [("line 1\nline 2", 'say "hi"')]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_read_understands_all_line_ends(end: str) -> None:
    assert cells(end.join(["a,b", "1,2", "3,4"]).encode()) == [("1", "2"), ("3", "4")]


def test_read_numbers_rows_as_a_spreadsheet_does() -> None:
    table = read(b'\na,b\n\n"1\n1",2\n , \n3,4\n')

    assert [(row.number, row.cells) for row in table.rows] == [(4, ("1\n1", "2")), (6, ("3", "4"))]


def test_read_refuses_a_quote_that_is_never_closed() -> None:
    with pytest.raises(ImportRefused) as refused:
        read(b'a,b\n1,2\n3,"4\n5,6\n')

    assert refused.value.faults[0].text == "A quotation mark opened in row 3 is never closed."


def test_read_notes_quotes_in_odd_places() -> None:
    table = read(b'a,b\n1,"x"y\n')

    assert table.rows[0].cells == ("1", "xy")
    assert [note.code for note in table.notes] == ["loose_quotes"]


def test_read_fills_short_rows_and_marks_long_ones() -> None:
    table = read(b"a,b,c\n1\n1,2,3,,\n1,2,3,4\n")

    assert [row.cells for row in table.rows] == [("1", "", ""), ("1", "2", "3"), ("1", "2", "3")]
    assert [[fault.code for fault in row.faults] for row in table.rows] == [[], [], ["too_many_cells"]]


def test_read_names_empty_and_repeated_columns() -> None:
    assert read(" a ,,a,\u00a0,b\n1,2,3,4,5\n".encode()).header == ("a", "column 2", "a (2)", "column 4", "b")


def test_read_marks_rows_that_hold_nul() -> None:
    assert [[f.code for f in row.faults] for row in read(b"a,b\n1,x\x00y\n2,z\n").rows] == [["nul"], []]


@pytest.mark.parametrize("data", [b"", b"  \n \r\n", b"\x00\x00"])
def test_read_refuses_an_empty_file(data: bytes) -> None:
    assert refusal(data) == "empty_file"


def test_read_of_a_header_alone_has_no_rows() -> None:
    assert cells(b"a,b\n") == []


def test_read_refuses_what_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_BYTES", 10)

    assert refusal(b"a,b\n1,2\n3,4\n") == "too_large"


def test_read_refuses_too_many_rows_and_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_ROWS", 2)

    assert refusal(b"a\n1\n2\n3\n") == "too_many_rows"
    assert refusal(",".join(["x"] * 2000).encode()) == "too_many_columns"


def test_read_refuses_a_cell_longer_than_any_field() -> None:
    assert refusal(b"a,b\n1," + b"x" * 200_000 + b"\n") == "cell_too_long"


def spreadsheet(rows: str) -> bytes:
    """The smallest workbook with one sheet named Data."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as book:
        for name, text in parts.items():
            book.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return made.getvalue()


def test_read_takes_the_first_sheet_of_a_workbook() -> None:
    data = spreadsheet(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>客户</t></is></c><c r="B1" t="inlineStr"><is><t>amount</t></is></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><t>澜岳</t></is></c><c r="B3"><v>1200</v></c></row>'
        '<row r="4"><c r="A4" t="b"><v>1</v></c><c r="B4"><v>0.5</v></c></row>'
    )
    table = read(data)

    assert (table.sheet, table.sheets, table.header) == ("Data", ("Data",), ("客户", "amount"))
    assert [(row.number, row.cells) for row in table.rows] == [(3, ("澜岳", "1200")), (4, ("true", "0.5"))]


def test_read_refuses_a_sheet_that_is_not_there_and_a_broken_workbook() -> None:
    assert refusal(spreadsheet(""), sheet="Other") == "no_sheet"
    assert refusal(b"PK\x03\x04 broken") == "not_a_spreadsheet"
    assert refusal(b"\xd0\xcf\x11\xe0 broken") == "not_a_spreadsheet"


def test_read_refuses_a_workbook_that_unpacks_to_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", 100)

    assert refusal(spreadsheet("")) == "too_large"


@pytest.mark.parametrize(
    "last",
    [
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="2"><c r="ZZZZZZZ99999999999"><v>1</v></c></row>',
    ],
)
def test_read_outlives_a_workbook_that_asks_for_more_memory_than_there_is(last: str) -> None:
    assert refusal(spreadsheet(f'<row r="1"><c r="A1"><v>1</v></c></row>{last}')) == "not_a_spreadsheet"


@pytest.mark.parametrize(
    ("data", "code", "most_mb"),
    [
        (b"a\n" + b"\n" * 2_000_000, "too_many_rows", 20),
        (b"a\n" + b"b\n" * 300_000, "too_many_rows", 20),
        (b"a,b\n" + b"," * 20_000_000, "too_many_columns", 200),
        (b"a,b\n" + b'"' + b"x\n" * 3_000_000, "cell_too_long", 200),
    ],
    ids=["line breaks", "rows", "commas", "an open quote"],
)
def test_read_refuses_a_flood_before_it_takes_memory(
    data: bytes, code: str, most_mb: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A tenth of the rows and of the memory: measuring takes five times as long as reading.
    monkeypatch.setattr(reading, "MAX_ROWS", reading.MAX_ROWS // 10)
    monkeypatch.setattr(reading, "MAX_LINES", reading.MAX_LINES // 10)
    tracemalloc.start()

    assert refusal(data) == code

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < most_mb * 1_000_000


@pytest.mark.parametrize("delimiter", ["ab", '"', "\n", "\x00"])
def test_read_refuses_what_tells_no_cells_apart(delimiter: str) -> None:
    assert refusal(b"a,b\n1,2\n", delimiter=delimiter) == "bad_delimiter"


def test_read_names_a_thousand_columns_of_one_name_at_once() -> None:
    header = read(b",".join([b"c"] * 999) + b"\n1\n").header

    assert header[:3] == ("c", "c (2)", "c (3)")
    assert len(set(header)) == 999


def test_read_refuses_rows_with_formulas_and_leaves_hidden_sheets_alone() -> None:
    data = io.BytesIO()
    with Workbook(data) as book:
        hidden = book.add_worksheet("Hidden")
        sheet = book.add_worksheet("Data")
        sheet.activate()
        hidden.hide()
        for place, row in enumerate((("name", "amount"), ("Acme", 5))):
            sheet.write_row(place, 0, row)
        sheet.write(2, 0, "Bolt")
        sheet.write_formula(2, 1, "=1+1", value=2)

    table = read(data.getvalue())

    assert table.sheet == "Data"
    assert [(row.number, row.cells, [fault.text for fault in row.faults]) for row in table.rows] == [
        (2, ("Acme", "5"), []),
        (3, ("Bolt", "2"), ["The cell B3 holds a formula. Copy the column and paste it as values."]),
    ]


def test_rows_beyond_memory_come_back_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "PART", 4)
    lines = [f"{number},鑫 {number}" for number in range(11)]

    rows = read(("a,b\n" + "\n".join(lines) + "\n").encode()).rows

    assert len(rows) == 11
    assert [",".join(row.cells) for row in rows] == [",".join(row.cells) for row in rows] == lines
