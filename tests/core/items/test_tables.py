from __future__ import annotations

import codecs
import json
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core import safe
from core.errors import BadInput, NotFound
from core.items.report import Outcome
from core.items.sources import open_source
from core.items.table import Kind
from core.limits import Limits


@pytest.fixture
def table(tmp_path):
    def write(content, name="t.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


WORDS = "id;text;note\n1;café „ß“ – 5 €;x\n2;zwölf;y\n"


@pytest.mark.parametrize(
    ("encoding", "mark", "said"),
    [
        ("utf-8", b"", ""),
        ("utf-8", codecs.BOM_UTF8, ""),
        ("cp1252", b"", "1252"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16"),
        ("utf-16-le", b"", "UTF-16"),
        ("utf-32-le", codecs.BOM_UTF32_LE, "UTF-32"),
    ],
)
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_table__encodings_and_separators(table, bench, encoding, mark, said, separator):
    report = bench.add(table(mark + WORDS.replace(";", separator).encode(encoding)))
    assert bench.items.text.tolist() == ["café „ß“ – 5 €", "zwölf"]
    assert bench.items.item_id.tolist() == ["1", "2"]
    assert bench.items.column("note").tolist() == ["x", "y"]
    assert (said in " ".join(report.notes)) if said else not any("Read as" in note for note in report.notes)


def test_table__a_few_damaged_bytes_do_not_spoil_utf8(table, bench):
    report = bench.add(table("text\näöüß\n".encode() + b"a\xffb\n"))
    assert bench.items.text.tolist() == ["äöüß", "a\N{REPLACEMENT CHARACTER}b"]
    assert any("1 damaged bytes" in note for note in report.notes)


def test_table__quotes_newlines_and_line_ends(table, bench):
    bench.add(table('text,n\r\n"a ""b"", c\nd",1\r\n\r\ne,2\r\n'))
    assert bench.items.text.tolist() == ['a "b", c\nd', "e"]
    assert bench.items.item_id.tolist() == ["0", "1"]


def test_table__broken_rows_are_left_out_and_keep_their_numbers(table, bench):
    report = bench.add(table("text,n\na,1\nb\nc,3,4\nd,4\n"))
    assert report.sentence() == "2 read, 2 broken"
    assert report.examples[Outcome.BROKEN] == [
        ("row 2", "It has 1 cells instead of 2."),
        ("row 3", "It has 3 cells instead of 2."),
    ]
    assert bench.items.item_id.tolist() == ["0", "3"]


@pytest.mark.parametrize("bad", ['"x,2\n', '"x,2\n"y"z,9\n'])
def test_table__an_open_quote_costs_only_its_own_line(table, bench, bad):
    bench.add(table("text,n\na,1\n" + bad + "c,3\n" + "d,4\n" * 50))
    assert {"a", "c", "d"} <= set(bench.items.text)
    assert len(bench.items) == 52


def test_table__types_of_own_columns(table, bench):
    bench.add(table("text,whole,number,zip,yes,when,empty\na,1,1.5,007,true,2024-01-02,\nb,,2e3,8,FALSE,2024-02-03,\n"))
    items = bench.items
    np.testing.assert_array_equal(items.column("whole"), [1.0, np.nan])
    np.testing.assert_array_equal(items.column("number"), [1.5, 2000.0])
    assert items.column("zip").tolist() == ["007", "8"]
    assert items.column("yes").tolist() == [True, False]
    assert items.column("when").tolist() == ["2024-01-02", "2024-02-03"]
    assert items.column("empty").tolist() == ["", ""]
    with pytest.raises(NotFound, match="“whole”"):
        items.column("nope")


def test_table__json_lines(table, bench):
    rows = [{"id": "x", "text": "a", "n": 1, "yes": True, "tags": ["p", 2]}, {"id": "y", "text": "b\ud800", "n": 2.5}]
    lines = "".join(json.dumps(row) + "\n" for row in rows) + "not json\n[1]\n\n"
    report = bench.add(table(lines, "t.jsonl"))
    assert report.sentence() == "2 read, 2 broken"
    assert bench.items.text.tolist() == ["a", "b\N{REPLACEMENT CHARACTER}"]
    assert bench.items.column("n").tolist() == [1.0, 2.5]
    assert bench.items.column("yes").tolist() == [True, None]
    assert bench.items.column("tags").tolist() == ['["p", 2]', ""]


def test_table__parquet_types(tmp_path, bench):
    path = tmp_path / "t.parquet"
    columns = {
        "id": ["a", "b"],
        "text": pa.array(["one", None]).dictionary_encode(),
        "title": ["long enough one", "two"],
        "when": [datetime(2024, 1, 2, 3, 4, 5), None],
        "day": [date(2024, 1, 2), date(2024, 1, 3)],
        "small": pa.array([1, 2], pa.int8()),
        "list": [[1.0, 2.0], [3.0, 4.0]],
        "raw": [b"x", b"y"],
    }
    pq.write_table(pa.table(columns), path)
    report = bench.add(path)
    items = bench.items
    assert items.text.tolist() == ["long enough one", "two"]
    assert items.column("when").tolist() == ["2024-01-02T03:04:05", ""]
    assert items.column("day").tolist() == ["2024-01-02", "2024-01-03"]
    assert items.column("small").tolist() == [1, 2]
    assert items.column("text").tolist() == ["one", ""]
    assert any("“list”, “raw”" in note for note in report.notes)


def test_table__parquet_extension_types_are_refused(tmp_path):
    path = tmp_path / "t.parquet"
    values = pa.ExtensionArray.from_storage(pa.json_(), pa.array(["{}"]))
    pq.write_table(pa.table({"text": ["a"], "odd": values}), path)
    with pytest.raises(BadInput, match="extension type"):
        open_source(path)


@pytest.mark.parametrize(
    ("content", "name", "word"),
    [
        (b"", "t.csv", "empty"),
        (b"\n\n", "t.csv", "empty"),
        (b"text,n\n", "t.csv", "no rows"),
        (b"text,n\na\n", "t.csv", "No row"),
        (b"nonsense\n", "t.jsonl", "No row"),
        (b"PAR1 nonsense", "t.parquet", "damaged"),
        (b"a,b\n1,2\n", "t.csv", "not clear"),
        (b"name,place\nx,y\n", "t.csv", "“name”, “place”"),
        (b"x", "t.docx", "not a source"),
    ],
)
def test_table__refused_in_a_sentence(table, bench, content, name, word):
    with pytest.raises(BadInput, match=word):
        bench.add(table(content, name))


def test_table__a_named_column_that_is_not_there(table):
    with pytest.raises(BadInput, match=r"no column “body”.*“text”"):
        open_source(table("text\na\n"), text_column="body")


def test_table__all_blank_texts_are_an_error(table, bench):
    with pytest.raises(BadInput, match="no text"):
        bench.add(table('id,text\n1," "\n2,\n'), text_column="text")


def test_table__blank_texts_are_missing_and_long_ones_cut(table, bench):
    from core.items.importer import import_source

    path = table('id,text\n1," "\n2,abcdef\n3,abc\n')
    limits = Limits(text_chars=4)
    report = import_source(bench.store, bench.thumbnails, open_source(path, limits=limits), limits=limits)
    assert report.sentence() == "2 read, 1 missing"
    assert bench.items.text.tolist() == ["abcd", "abc"]
    assert any("1 texts were longer than 4" in note for note in report.notes)


def test_table__same_answers_stay_items(table, bench):
    assert bench.add(table("text\nyes\nyes\nno\nyes\n")).sentence() == "4 read"


def test_table__duplicate_ids_get_a_number(table, bench):
    path = table("id,text\n7,a\n7,b\n8,c\n7,a\n")
    report = bench.add(path, id_column="id")
    assert report.sentence() == "3 read, 1 duplicate"
    assert bench.items.item_id.tolist() == ["7", "7#2", "8"]
    assert any("“7” became “7#2”" in note for note in report.notes)
    assert bench.add(path, id_column="id").sentence() == "0 read, 4 already in the project"


def test_table__a_column_named_id_that_repeats_is_no_id(table, bench):
    bench.add(table("id,text\n7,a\n7,b\n"))
    assert bench.items.item_id.tolist() == ["0", "1"]
    assert bench.items.column("id").tolist() == [7, 7]


def test_table__row_numbers_of_two_tables_are_different_items(table, bench):
    bench.add(table("text\nyes\nno\n", "one.csv"))
    report = bench.add(table("text\nyes\nmaybe\n", "two.csv"))
    assert report.sentence() == "2 read"
    assert bench.items.item_id.tolist() == ["0", "1", "0#2", "1#2"]
    assert bench.add(table("text\nyes\nmaybe\n", "two.csv")).sentence() == "0 read, 2 already in the project"


def test_table__pictures_with_captions(table, bench, tmp_path, encoded):
    (tmp_path / "img").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "img" / f"{name}.png").write_bytes(encoded())
    (tmp_path / "out.png").write_bytes(encoded())
    (tmp_path / "img" / "l.png").symlink_to(tmp_path / "out.png")
    rows = [
        "img/a.png,first",
        "./img/b.png,",
        "img\\c.png,third",
        "img/gone.png,x",
        "../secret.png,x",
        "/etc/passwd.png,x",
        "http://h/a.png,x",
        "img/l.png,x",
        ",only text",
    ]
    report = bench.add(table("image,caption\n" + "\n".join(rows) + "\n"))
    assert report.sentence() == "4 read, 4 unsupported, 1 missing"
    items = bench.items
    assert items.kind.tolist() == [Kind.BOTH, Kind.PICTURE, Kind.BOTH, Kind.TEXT]
    assert items.file_name.tolist() == ["img/a.png", "img/b.png", "img/c.png", ""]
    assert items.text.tolist() == ["first", "", "third", "only text"]
    assert len(set(items.digest)) == 4
    assert bench.store.picture(0) == encoded()
    assert bench.thumbnails.get(items.digest[0]) == bench.thumbnails.get(items.digest[1]) is not None
    with pytest.raises(NotFound, match="no picture"):
        bench.store.picture(3)


def test_table__a_category_beside_pictures_is_no_text(table, bench, tmp_path, encoded):
    (tmp_path / "a.png").write_bytes(encoded())
    bench.add(table("path,sort\na.png,fruit\n"))
    assert bench.items.kind.tolist() == [Kind.PICTURE]
    assert bench.items.columns == ("sort",)


def test_table__the_longest_of_several_text_columns(table, bench):
    bench.add(table("title,review_text,author\nShort,A much longer text here,Ann\n"))
    assert bench.items.text.tolist() == ["A much longer text here"]
    assert bench.items.columns == ("title", "author")


def test_table__our_own_export_comes_back(table, bench):
    texts = ["=1+1", "'quoted", "plain", "-x", "+49 30"]
    head = "item_id,file_name,text,cluster_id,label,origin,confidence,undecided,x,y"
    rows = [
        f'"{safe.csv_cell(text)}",,"{safe.csv_cell(text)}",3,"{safe.csv_cell("@name")}",person,0.5,false,1.5,-2.5'
        for text in texts
    ]
    bench.add(table("\n".join([head, *rows]) + "\n"))
    items = bench.items
    assert items.item_id.tolist() == texts
    assert items.text.tolist() == texts
    assert items.columns == ("cluster_id", "label", "origin", "confidence", "undecided", "x", "y")
    assert items.column("label").tolist() == ["@name"] * 5
    assert items.column("cluster_id").tolist() == [3] * 5
    assert items.column("undecided").tolist() == [False] * 5


def test_table__quotes_of_others_are_left_alone(table, bench):
    bench.add(table("id,text\n1,'=x\n"))
    assert bench.items.text.tolist() == ["'=x"]


def test_table__caps(table):
    for limits, word in (
        (Limits(table_rows=1), "more than 1 rows"),
        (Limits(table_columns=1), "2 columns"),
        (Limits(table_bytes=3), "limit"),
    ):
        for name, content in (("t.csv", "text,n\na,1\nb,2\n"), ("t.jsonl", '{"text":"a","n":1}\n{"text":"b","n":1}\n')):
            with pytest.raises(BadInput, match=word):
                open_source(table(content, name), limits=limits)


def test_table__long_cells_are_cut_and_long_ids_refused(table, bench):
    report = bench.add(table(f"id,text,own\n1,a,{'x' * 20_000}\n{'9' * 2_000},b,c\n"), id_column="id")
    assert report.sentence() == "1 read, 1 too large"
    assert len(bench.items.column("own")[0]) == 10_000
    assert any("“own”" in note for note in report.notes)
