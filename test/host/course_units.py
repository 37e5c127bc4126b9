#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Unit tests of tools/driver/course: what the page is made of."""
import json
import os
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
import units  # noqa: E402
from driver.common import EXIT_USAGE, Failure  # noqa: E402
from driver.course import page  # noqa: E402


class Output(unittest.TestCase):
    def setUp(self):
        work = tempfile.TemporaryDirectory()
        self.addCleanup(work.cleanup)
        self.folder = os.path.join(work.name, "www")

    def test_a_new_and_an_empty_folder_will_do(self):
        page.check_output(self.folder)
        os.mkdir(self.folder)
        page.check_output(self.folder)

    def test_a_folder_of_others_is_refused(self):
        units.write(os.path.join(self.folder, "letter"), "dear")
        with self.assertRaises(Failure) as caught:
            page.check_output(self.folder)
        self.assertEqual(caught.exception.status, EXIT_USAGE)
        self.assertEqual(os.listdir(self.folder), ["letter"])

    def test_a_file_is_refused(self):
        units.write(self.folder, "dear")
        with self.assertRaisesRegex(Failure, "no folder"):
            page.check_output(self.folder)

    def test_an_older_page_is_replaced_whole(self):
        units.write(os.path.join(self.folder, page.MARK), "")
        units.write(os.path.join(self.folder, "gone.js"), "")
        page.check_output(self.folder)
        new = self.folder + ".new"
        units.write(os.path.join(new, "here.js"), "")
        page.put_in_place(new, self.folder)
        self.assertEqual(os.listdir(self.folder), ["here.js"])
        self.assertEqual(os.listdir(os.path.dirname(self.folder)), ["www"])


class Parts(unittest.TestCase):
    def test_npm_is_quoted_in_one_line(self):
        self.assertEqual(page.npm_complaint(
            "npm ERR! code ENOTFOUND\nnpm ERR! network request failed\n"
            "npm ERR! A complete log of this run\n"),
            "network request failed")
        self.assertEqual(page.npm_complaint("so\nboom\n"), "boom")
        self.assertEqual(page.npm_complaint(""), "no word")

    def test_without_a_network_npm_is_named(self):
        failed = mock.Mock(returncode=1, stdout="",
                           stderr="npm error network is down\n")
        with mock.patch.object(page.subprocess, "run", return_value=failed), \
                self.assertRaisesRegex(Failure, "npm: network is down; check"):
            page.run_npm(".")

    def test_maps_of_sources_are_not_asked_for(self):
        self.assertEqual(page.without_source_map(
            b"a\n//# sourceMappingURL=x.map\n"), b"a\n")
        self.assertEqual(page.without_source_map(b"a\n"), b"a\n")

    def test_licence_texts_do_not_count(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("licence-x.txt", "x" * 99), ("a.gz", "1234"),
                               ("root.gz", "12345"), ("b.js", "x" * 999)):
                with open(os.path.join(folder, name), "w") as f:
                    f.write(text)
            packed = len(page.packed(b"x" * 999))
            self.assertEqual(page.page_sizes(folder),
                             (4 + packed, 9 + packed))

    def test_the_lock_file_names_no_registry(self):
        lock = units.read(os.path.join(page.SOURCE, "package-lock.json"))
        self.assertNotIn("resolved", lock)
        for name in page.OF_NPM:
            self.assertIn("node_modules/" + name, json.loads(lock)["packages"])


class Experiments(unittest.TestCase):
    def test_each_chapter_has_some(self):
        chapters = json.loads(units.read(os.path.join(
            page.SOURCE, "experiments.json")))
        self.assertEqual([c["chapter"] for c in chapters], [*range(1, 13)])
        for chapter in chapters:
            self.assertTrue(chapter["title"] and chapter["experiments"])
            for one in chapter["experiments"]:
                self.assertEqual(set(one), {"title", "command"})
                self.assertTrue(one["command"].isprintable())


if __name__ == "__main__":
    units.main()
