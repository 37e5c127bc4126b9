# SPDX-License-Identifier: MIT
"""Results for people and for other programs: our own JSON, a table, a report
for each student, Gradescope's results.json, Classroom 50's result/v1, JUnit.

No format holds a time or a path of this machine: the same submission gives the
same bytes.
"""
import csv
import io
import json
import os
import re
from xml.sax.saxutils import escape, quoteattr

from ..common import EXIT_USAGE, Failure

FORMATS = ("own", "gradescope", "classroom50", "junit")
# what Classroom 50 knows of a submission, and a grader does not
META = ("classroom", "assignment", "assignment_type", "owner", "submission",
        "commit", "release", "review", "datetime")


def check_choice(options, submissions):
    """Raise Failure if the options for the output do not fit."""
    if options.format == "classroom50":
        if not options.meta:
            raise Failure("--format classroom50 needs --meta FILE, a JSON file "
                          "with " + ", ".join(META), EXIT_USAGE)
        read_meta(options.meta)
    if options.json and options.format in ("gradescope", "classroom50") \
            and len(submissions) != 1:
        raise Failure(f"--json with --format {options.format} is for one "
                      "submission; for several there is a file for each in "
                      "--out", EXIT_USAGE)


def read_meta(path):
    try:
        with open(path, encoding="utf-8") as f:
            found = json.load(f)
    except ValueError as why:
        raise Failure(f"{path}: no JSON: {why}", EXIT_USAGE) from None
    lacking = [key for key in META if not isinstance(found, dict)
               or not isinstance(found.get(key), str)]
    if lacking:
        raise Failure(f"{path}: has no text for {', '.join(lacking)}",
                      EXIT_USAGE)
    return {key: found[key] for key in META}


def as_json(data):
    return json.dumps(data, indent=1, sort_keys=True) + "\n"


# ---- for people -------------------------------------------------------------


def found_lines(check):
    """Return: what a check found, a line for each machine"""
    lines = [f"{arch + ': ' if arch else ''}{text}"
             for arch, text in check["found"].items()]
    return lines + [f"{arch}: {note}" for arch, notes in check["notes"].items()
                    for note in notes]


def report(result):
    """Return: the report for a student"""
    lines = [f"{result['submission']}: {result['points']} of {result['of']} "
             f"points, lab {result['lab']}, {result['status']}"]
    if result["problem"]:
        lines += ["  " + line for line in result["problem"].splitlines()]
    if result["replaced"]:
        lines.append("  replaced by the grader's own: "
                     + ", ".join(result["replaced"]))
    elif result["ignored"]:
        lines.append(f"  ignored: {result['ignored']} other files")
    words = {"pass": "pass", "fail": "FAIL", "skip": "----"}
    for check in result["checks"]:
        hidden = " (hidden)" if check["hidden"] else ""
        lines.append(f"{words[check['state']]} {check['id']:16} "
                     f"{check['points']:3} of {check['of']}{hidden}")
        lines += ["       " + line for line in found_lines(check)]
    return "\n".join(lines) + "\n"


def table_text(lab, results):
    wide = max([10, *(len(r["submission"]) for r in results)])
    lines = [f"{r['submission']:{wide}}  {r['points']:4} of {r['of']}  "
             f"{r['status']}"
             + (f": {r['problem'].splitlines()[0]}" if r["problem"] else "")
             for r in results]
    return "\n".join(lines) + "\n"


def table_csv(lab, results):
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["submission", "student", "lab", "status", "points", "of",
                   *lab.checks])
    for r in results:
        points = {c["id"]: c["points"] for c in r["checks"]}
        rows.writerow([_no_formula(r["submission"]), _no_formula(r["student"]),
                       r["lab"], r["status"], r["points"], r["of"],
                       *(points.get(name, 0) for name in lab.checks)])
    return out.getvalue()


def _no_formula(text):
    """A spreadsheet would run a cell that begins like a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


# ---- for other programs -----------------------------------------------------


def gradescope(result):
    """Return: results.json of Gradescope's autograder"""
    return {"score": result["points"], "output": report(result)
            if not result["checks"] else result["problem"] or result["status"],
            "tests": [{"name": c["id"], "score": c["points"],
                       "max_score": c["of"],
                       "status": "passed" if c["state"] == "pass" else "failed",
                       "output": "\n".join(found_lines(c)),
                       "visibility": "after_published" if c["hidden"]
                       else "visible"} for c in result["checks"]]}


def classroom50(result, meta):
    """Return: classroom50/result/v1.  Its releases are open to the student, so
    what hidden checks found is left out."""
    return {**meta, "schema": "classroom50/result/v1",
            "score": result["points"], "max-score": result["of"],
            "tests": [{"test-name": c["id"], "passed": c["state"] == "pass",
                       "score": c["points"], "max-score": c["of"],
                       "output": "" if c["hidden"]
                       else "\n".join(found_lines(c))}
                      for c in result["checks"]]}


def _xml(text):
    return "".join(c if c in "\t\n" or c.isprintable() else "?" for c in text)


def junit_suite(result):
    """Return: one submission as a test suite of JUnit's"""
    cases, failures, skipped = [], 0, 0
    for c in result["checks"]:
        text = _xml("\n".join(found_lines(c)))
        inner = ""
        if c["state"] == "fail":
            failures += 1
            inner = (f"<failure message={quoteattr(text.splitlines()[0])}>"
                     f"{escape(text)}</failure>" if text else "<failure/>")
        elif c["state"] == "skip":
            skipped += 1
            inner = f"<skipped message={quoteattr(text)}/>"
        cases.append(f"  <testcase classname={quoteattr('lab.' + result['lab'])}"
                     f" name={quoteattr(c['id'])}>{inner}</testcase>\n")
    if not cases:
        failures = 1
        cases = [f"  <testcase classname={quoteattr('lab.' + result['lab'])} "
                 f"name=\"submission\"><failure message="
                 f"{quoteattr(_xml(result['problem']))}/></testcase>\n"]
    return (f" <testsuite name={quoteattr(_xml(result['submission']))} "
            f"tests=\"{len(cases)}\" failures=\"{failures}\" "
            f"skipped=\"{skipped}\">\n" + "".join(cases) + " </testsuite>\n")


def junit(results):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
            + "".join(map(junit_suite, results)) + "</testsuites>\n")


def formatted(options, results):
    """Return: the text of --json"""
    if options.format == "junit":
        return junit(results)
    if options.format == "gradescope":
        return as_json(gradescope(results[0]))
    if options.format == "classroom50":
        return as_json(classroom50(results[0], read_meta(options.meta)))
    return as_json({"version": 1, "results": results})


def file_names(results):
    """Return: a file's name for each submission, whatever it is called: with
    its letters, and within what a file system takes"""
    found = []
    for result in results:
        name = re.sub(r"[^\w.-]", "_", result["submission"]).lstrip(".")
        name = name.encode()[:200].decode(errors="ignore") or "submission"
        taken, number = set(found), 1
        while (f"{name}-{number}" if number > 1 else name) in taken:
            number += 1
        found.append(f"{name}-{number}" if number > 1 else name)
    return found


def write_text(path, text):
    with open(path + ".new", "w", encoding="utf-8", newline="") as f:
        f.write(text)
    os.replace(path + ".new", path)


def write_results(options, lab, results, out):
    """Write tables and reports to a folder, and the file of --json."""
    write_text(os.path.join(out, "results.json"),
               as_json({"version": 1, "results": results}))
    write_text(os.path.join(out, "table.csv"), table_csv(lab, results))
    write_text(os.path.join(out, "table.txt"), table_text(lab, results))
    folder = os.path.join(out, "reports")
    os.makedirs(folder, exist_ok=True)
    endings = {"gradescope": ".results.json", "classroom50": ".result.json",
               "junit": ".xml"}
    for result, name in zip(results, file_names(results)):
        place = os.path.join(folder, name)
        write_text(place + ".txt", report(result))
        if options.format in endings:
            write_text(place + endings[options.format],
                       formatted(options, [result]))
    if options.json:
        write_text(options.json, formatted(options, results))
