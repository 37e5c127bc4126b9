#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""book_units.py - the book's finder of code, its directives' words, and how
recordings are compared."""
import os
import re
import sys
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True
import units  # noqa: E402
from units import Failure  # noqa: E402
sys.path.insert(1, os.path.join(units.TOP, "course", "book"))
import quotes  # noqa: E402
import runs  # noqa: E402
from driver.course import book, book_pdf, book_runs  # noqa: E402

C = """/* SPDX */
#define SMALL 4
#define LARGE(x) \\
	((x) + \\
	 1)

enum kind { ONE, TWO };

struct box {
	struct {
		int depth;
	} inside;
};

static const int sizes[] = { 1,
	2 };
int declared(int a);
struct box *last;

/*
 * Says how many.
 */
static int count(struct box *b,
		 int more)
{
	/* book inner: begin */
	if (more) {
		b++;
	}
	/* book inner: end */
	/* lab cow: begin */
	more = declared(more);
	/* lab cow: end */
	return more;
}

int user(void)
{
	return count(last, 2);
}
"""

ASM = """	.globl	first
first:
	nop
1:	j	1b

	/* the second one */
	.globl	second
second:
	nop
	ret
	.macro	save reg
	sd	\\reg, 0(sp)
	.endm
"""


class Finder(units.Case):
    def setUp(self):
        self.top = Path(self.folder())
        units.write(os.path.join(self.top, "a.c"), C)
        units.write(os.path.join(self.top, "a.S"), ASM)
        units.write(os.path.join(self.top, "a.py"),
                    "def one():\n    return 1\n\n\ndef two(\n    x,\n):\n"
                    "    return x\n\n\nX = 1\n")
        units.write(os.path.join(self.top, "a.tbl"),
                    "read 1 2 sys_read\nreadv 3 4 sys_readv\n")

    def quote(self, path, name, **how):
        return quotes.quote(path, name, top=self.top, **how)

    def lost(self, said, *words, **how):
        with self.assertRaises(quotes.Lost) as why:
            self.quote(*words, **how)
        self.assertEqual(str(why.exception), said)

    def test_a_function_is_its_definition(self):
        text = self.quote("a.c", "count")
        self.assertTrue(text.startswith("static int count(struct box *b,\n"))
        self.assertTrue(text.endswith("return more;\n}"))
        self.assertNotIn("book inner", text)
        self.assertIn("declared(more)", text)

    def test_a_declaration_or_a_call_is_none(self):
        self.lost("a.c: nothing is called b", "a.c", "b")
        self.assertEqual(self.quote("a.c", "user").count("\n"), 3)

    def test_its_comment_comes_if_asked_for(self):
        self.assertTrue(self.quote("a.c", "count", comment=True).startswith(
            "/*\n * Says how many.\n */\nstatic int count"))
        self.assertTrue(self.quote("a.c", "user", comment=True).startswith(
            "int user"))

    def test_types_macros_variables(self):
        self.assertEqual(self.quote("a.c", "struct box").count("\n"), 4)
        self.assertEqual(self.quote("a.c", "enum kind"),
                         "enum kind { ONE, TWO };")
        self.assertEqual(self.quote("a.c", "SMALL"), "#define SMALL 4")
        self.assertEqual(self.quote("a.c", "LARGE").count("\n"), 2)
        self.assertTrue(self.quote("a.c", "sizes").endswith("2 };"))
        self.assertEqual(self.quote("a.c", "last"), "struct box *last;")

    def test_assembler(self):
        self.assertEqual(self.quote("a.S", "first"),
                         "first:\n        nop\n1:      j       1b")
        self.assertEqual(self.quote("a.S", "first .. second").count(
            "second one"), 1)
        self.assertIn("sd", self.quote("a.S", "save"))

    def test_python_and_tables(self):
        self.assertEqual(self.quote("a.py", "two"),
                         "def two(\n    x,\n):\n    return x")
        self.assertEqual(self.quote("a.tbl", "read"), "read 1 2 sys_read")

    def test_regions(self):
        self.assertEqual(self.quote("a.c", "region inner"),
                         "if (more) {\n        b++;\n}")
        self.lost("a.c: nothing is called region outer", "a.c",
                  "region outer")

    def test_what_a_lab_asks_for_can_be_hidden(self):
        text = self.quote("a.c", "count", hide_labs=True)
        self.assertNotIn("declared", text)
        self.assertIn("/* … yours to write: lab cow */", text)

    def test_breaks_of_labs_are_known(self):
        labs = {one.name: one.lab() for one in runs.all_breaks()}
        self.assertEqual(labs["fork-reuse-shared"], "cow")
        self.assertEqual(labs["switch-loses-floats"], "switch")
        self.assertIsNone(labs["switch-keeps-the-owner"])

    def test_parts(self):
        text = self.quote("a.c", "count", leave_out=["if (more) { .. }"])
        self.assertIn("/* … */", text)
        self.assertNotIn("b++", text)
        self.assertEqual(self.quote("a.c", "count", show=["b++"]),
                         "        b++;\n/* … */")
        self.assertNotIn("b++", self.quote("a.c", "count",
                                           leave_out=["region inner"]))
        self.assertIn("b++", self.quote("a.c", "count",
                                        show=["int more) / { .. return"]))

    def test_a_part_that_is_left_out_takes_its_brace_with_it(self):
        text = ("int f(int a)\n{\n    if (a) {\n        if (a > 1) {\n"
                "            a--;\n        }\n        a--;\n    }\n"
                "    return a;\n}")
        self.assertEqual(
            quotes.narrowed(text.split("\n"), [], ["if (a) { .. }"], "f", ".c"),
            ["int f(int a)", "{", "    /* … */", "    return a;", "}"])

    def test_what_is_gone_or_ambiguous_is_told(self):
        self.lost("a.c: nothing is called gone", "a.c", "gone")
        self.lost("b.c: no such file", "b.c", "count")
        self.lost("a.c: count: no line has: gone", "a.c", "count",
                  show=["gone"])
        self.lost("a.c: count: 4 lines have: more", "a.c", "count",
                  show=["more"])
        self.lost("a.c: count: 0 markers of region gone", "a.c", "count",
                  leave_out=["region gone"])
        units.write(os.path.join(self.top, "a.c"), C + "int user(void)\n{\n}\n")
        self.lost("a.c: 2 definitions of user", "a.c", "user")

    def test_every_function_of_a_file_is_found(self):
        """The finder and the compiler agree on a real file."""
        text = units.read("mm/space/cow.c")
        names = set(re.findall(r"^\w[^;{}]*?\b(\w+)\([^;{}]*\)\n\{", text,
                               re.M))
        self.assertGreater(len(names), 8)
        for name in names:
            self.assertEqual(len(quotes.c_spans(text, name)), 1, name)


class Commands(units.Case):
    def one(self, body):
        found, = runs.runs_of("05-fork", "```{run}\n" + body + "```\n")
        return found

    def test_words(self):
        one = self.one("./lectern show space -- mapped\npicture: yes\n"
                       "machines: all\n")
        self.assertEqual(one.machines, list(runs.FINISHED))
        other = one.machines[1]
        self.assertEqual(one.words(other, "x.svg"), [
            "show", "space", "--arch", other, "-o", "x.svg", "--", "mapped"])
        self.assertEqual(one.shown(other),
                         f"./lectern show space --arch {other} -- mapped")
        self.assertEqual(one.file(other).name,
                         f"05-show-space-mapped.{other}.svg")

    def test_what_the_page_types(self):
        self.assertEqual(self.one("./lectern run -- ls -l /\n").typed(),
                         "ls -l /")
        self.assertEqual(self.one(
            "./lectern run --icount -- sh -c 'a; b'\n").typed(), "a; b")
        self.assertIsNone(self.one("./lectern bench fork\n").typed())
        self.assertEqual(self.one("./lectern bench fork\npage: ls\n").typed(),
                         "ls")

    def test_two_runs_of_a_command_have_two_files(self):
        body = "```{run}\n./lectern run -- ls\n```\n"
        self.assertEqual([r.name for r in runs.runs_of("01-x", body * 2)],
                         ["01-run-ls", "01-run-ls-2"])

    def test_wrong_ones(self):
        for body, said in (("ls\n", "must begin with ./lectern"),
                           ("./lectern run -- a\nmachines: vax\n",
                            "no machine vax"), ("", "0 commands"),
                           ("./lectern a\n./lectern b\n", "2 commands"),
                           ("./lectern a\nlines: b .. *\n", "nothing to"),
                           ("./lectern a\nwithin: 60\n", "not 0 to 50")):
            with self.assertRaisesRegex(quotes.Lost, said):
                self.one(body).words("riscv64")

    def test_lines(self):
        one = self.one("./lectern run -- a\nlines: ^b .. ^d\nlines: x\n")
        self.assertEqual(book_runs.chosen(one, "a\nb\nc\nd\ne x\n"),
                         "b\nc\nd\ne x\n")
        with self.assertRaisesRegex(Failure, r"no line has \^b"):
            book_runs.chosen(one, "a\n")

    def test_difference(self):
        one = self.one("./lectern run -- a\narbitrary: pid \\d+\n")
        self.assertEqual(book_runs.difference(one, "pid 1 a\n", "pid 22 a\n"),
                         "")
        self.assertIn("line 1 was: ~ a",
                      book_runs.difference(one, "pid 1 a\n", "pid 1 b\n"))
        self.assertIn("(no line)",
                      book_runs.difference(one, "a\n", "a\nb\n"))

    def test_numbers_that_may_move_a_little(self):
        one = self.one("./lectern bench fork\nwithin: 10\n")
        for old, new, same in (("fork  1000 0.5", "fork 1090 0.5", True),
                               ("fork 1000", "fork 1110", False),
                               ("rss:1000kB,", "rss:1090kB,", True),
                               ("rss:1000kB,", "rss:1110kB,", False),
                               ("fork 1000", "exec 1000", False),
                               ("fork 0", "fork 1", False),
                               ("0x1000 rw", "0x1001 rw", False)):
            self.assertEqual(not book_runs.difference(one, old, new), same,
                             (old, new))

    def test_what_differs_each_time_is_not_kept(self):
        one = self.one("./lectern run -- a\n")
        folder = Path(self.folder())
        with mock.patch.object(runs, "RECORDED", folder), \
                mock.patch.object(book_runs, "printed_by",
                                  side_effect=["1\n", "2\n"]):
            self.fails("something else each time", book_runs.record_one, one,
                       "riscv64")
        self.assertEqual(os.listdir(folder), [])


PAGE = """<h1>The book<a class="headerlink" href="#b">#</a></h1>
<h2><span class="section-number">1. </span>It &amp; that<a class="headerlink"
href="#x">#</a></h2><h3>Last<a class="headerlink" href="#l">#</a></h3>"""
# what matters of a PDF by chromium
PRINTED = b"""%PDF-1.4
7 0 obj
<</Type /Page>>
endobj
8 0 obj
<</Type /Pages
/Count 2
/Kids [9 0 R 7 0 R]>>
endobj
9 0 obj
<</Type /Pages
/Count 1
/Kids [5 0 R]>>
endobj
5 0 obj
<</Type /Page>>
endobj
6 0 obj
<</heading-0 [7 0 R /XYZ 1.5 2 0]
/heading-1 [5 0 R /XYZ 1 2 0]>>
endobj
10 0 obj
<</Type /Catalog
/Pages 8 0 R
/Dests 6 0 R>>
endobj
"""


class Printed(units.Case):
    """The contents of the PDF."""

    def test_headings_have_names_of_their_own(self):
        page, found = book_pdf.with_anchors(PAGE)
        self.assertEqual(found, [(2, "heading-0", "1. It & that"),
                                 (3, "heading-1", "Last")])
        self.assertEqual(re.findall(r'<h(.)><span id="(\S+)"></span>', page),
                         [("2", "heading-0"), ("3", "heading-1")])

    def test_contents(self):
        _, found = book_pdf.with_anchors(PAGE)
        text = book_pdf.contents(found, {"heading-1": 12})
        self.assertEqual(re.findall(
            r'"level-(.)"><a href="#(.*?)"><span>(.*?)</span> <span>(\d+)<',
            text), [("2", "heading-0", "1. It &amp; that", "0"),
                    ("3", "heading-1", "Last", "12")])

    def test_pages_in_their_order(self):
        self.assertEqual(book_pdf.pages_of(PRINTED),
                         {"heading-0": 2, "heading-1": 1})
        self.assertRaises(Failure, book_pdf.pages_of, b"%PDF-1.4\n")


class Folders(units.Case):
    def test_files_of_others_stay(self):
        folder = self.folder()
        book.check_target(folder)
        units.write(os.path.join(folder, "mine"), "mine")
        self.fails("not of the book", book.check_target, folder)
        units.write(os.path.join(folder, book.MADE_BY_US), "")
        book.check_target(folder)

    def test_a_complaint_begins_with_its_place(self):
        for line in (f"{units.TOP}/course/book/05-fork.md:7: WARNING: a: b",
                     "WARNING: course/book/05-fork.md:7: a: b"):
            self.assertEqual(book.readable(line),
                             "course/book/05-fork.md:7: a: b")

    def test_options(self):
        for words, said in ((("--record", "x"), "no chapter x"),
                            (("--missing",), "is for --record"),
                            (("--page", self.folder()), "no index.html")):
            status, _, err = units.lectern("book", *words)
            self.assertEqual(status, 2)
            self.assertIn(said, err)


class Chapters(units.Case):
    def test_each_quotation_is_there(self):
        """Without Sphinx: what ./lectern book would say."""
        count = 0
        for name, path in runs.chapters().items():
            for line, body in quotes.fences(path.read_text(), "quote"):
                for said, keys in quotes.settings(body, (
                        "show", "leave out", "comment")):
                    file, _, symbol = said.partition(":")
                    with self.subTest(f"{name}:{line}"):
                        quotes.quote(file, symbol.strip(),
                                     keys.get("show", ()),
                                     keys.get("leave out", ()))
                    count += 1
        self.assertGreater(count, 10)

    def test_each_run_is_recorded_and_no_other(self):
        want = {one.file(arch).name for one in runs.all_runs()
                for arch in one.machines}
        self.assertEqual(want, {p.name for p in runs.RECORDED.iterdir()})

    def test_each_break_has_its_words_and_a_chapter(self):
        told = {name for path in runs.chapters().values()
                for name in runs.breaks_of(path.read_text())}
        self.assertEqual(told, {one.name for one in runs.all_breaks()})


if __name__ == "__main__":
    units.main()
