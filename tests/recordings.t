#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Recordings in every format: text, CSV and JSON agree, JSON is as its schema says, and each
recording shows its trouble. Needs neither VFIO nor privileges."""

import csv
import io
import json
import pathlib
import subprocess
import tempfile

import jsonschema

from tap import done, test

ROOT = pathlib.Path(__file__).resolve().parent.parent
VFIOTOP = ROOT / "build/vfiotop"
RECORDINGS = sorted((ROOT / "tests/recordings").glob("*.vfiotop"))
LEAVES = "leaf_bytes."


def run(*arguments, status=0):
    """What vfiotop prints, or complains of."""
    command = [VFIOTOP, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    if done.returncode != status:
        raise RuntimeError(f"{command} returned {done.returncode}: {done.stderr}")
    return done.stdout if status == 0 else done.stderr


def at(row, name):
    for part in name.split("."):
        row = row.get(part) if row is not None else None
    return row


def as_csv(value):
    """How a value of JSON looks in CSV."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value)


def compare(reports, rows, prefix, key):
    """The differences between rows of JSON and rows of CSV."""
    wanted = [(report, row) for report in reports for row in report[key] or []]
    if len(wanted) != len(rows):
        return [f"{len(wanted)} rows in JSON, {len(rows)} in CSV"]
    wrong = []
    for (report, row), line in zip(wanted, rows):
        for name, value in line.items():
            own = name in ("time_ns", "realtime_ns")
            expected = at(report if own else row, name.removeprefix("" if own else prefix))
            # Sparse: what is left out is 0.
            if expected is None and name.startswith(LEAVES) and value == "0":
                continue
            if as_csv(expected) != value:
                wrong.append(f"{name}: {expected} in JSON, {value} in CSV")
    return wrong


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def check_formats(path, schema):
    name = path.stem
    reports = [json.loads(line) for line in run("--replay", path, "--json").splitlines()]
    errors = [e.message for report in reports for e in schema.iter_errors(report)]
    test(reports and not errors, f"{name}: JSON is as its schema says", *errors[:5])

    knows = reports[-1]["containers"] is not None
    key, prefix = ("containers", "") if knows else ("processes", "processes.")
    wrong = compare(reports, rows_of(run("--replay", path, "--format=csv")), prefix, key)
    test(not wrong, f"{name}: CSV has the figures of JSON", *wrong[:5])

    columns = f"time_ns,{prefix}pid,{prefix}comm"
    wrong = compare(reports, rows_of(run("--replay", path, "--format=csv", "-o", columns)),
                    prefix, key)
    test(not wrong, f"{name}: so have some columns of it", *wrong[:5])

    # In text, what needs no unit: the same words, in the same order.
    text = run("--replay", path, "-o", columns)
    words = [tuple(line.split()) for line in text.splitlines()
             if line and not line.startswith("time_ns")
             and not line.strip().startswith("time_ns")]
    wanted = [(str(r["time_ns"]), as_csv(row["pid"]) or "-", row["comm"] or "-")
              for r in reports for row in r[key] or []]
    test(words == wanted, f"{name}: text has them, too", words[:3], wanted[:3])

    tables = run("--replay", path)
    titles = sum(line.startswith("vfiotop ") for line in tables.splitlines())
    test(titles == len(reports), f"{name}: there are as many reports of text")
    if knows:
        shown = [line.split()[0] for line in tables.splitlines() if line.split()[:1] != []
                 and line.split()[0].isdigit()]
        ids = {str(c["id"]) for r in reports for c in r["containers"]}
        test(ids <= set(shown), f"{name}: text shows each container")
    return reports


def stages(reports):
    return {(f["operation"], f["ret"], f["stage"]) for r in reports for f in r["failures"] or []}


def leaks(reports):
    return {leak["kind"] for r in reports for leak in r["leaks"] or []}


def check_trouble(all_reports):
    """Each recording shows what it was made for."""
    test(("map", -12, "account") in stages(all_reports["enomem"]),
         "enomem: a map fails at the limit of locked memory")
    test(("map", -28, "limit") in stages(all_reports["enospc"]),
         "enospc: a map fails at the limit of mappings")
    busy = [f for r in all_reports["busy"] for f in r["failures"]]
    test(busy and busy[0]["ret"] == -16 and busy[0]["holder_pid"] and
         str(busy[0]["holder_pid"]) in busy[0]["text"], "busy: the failure names the holder")
    test("orphan" in leaks(all_reports["orphan"]), "orphan: it is found")
    test("growth" in leaks(all_reports["leak"]), "leak: steady growth is found")
    test(max(c["unmap"]["differs"] for r in all_reports["short"] for c in r["containers"]) > 0,
         "short: some unmaps unmapped less than asked")
    flights = [f["elapsed_ns"] for r in all_reports["slow"] for c in r["containers"]
               for f in c["in_flight"]]
    test(flights == sorted(flights) and flights[-1] > 10**9, "slow: a map is in flight for long")
    last = [c for c in all_reports["efficiency"][-1]["containers"]]
    test({bool(c["leaf_bytes"]["2097152"]) for c in last} == {True, False},
         "efficiency: one container has superpages, the other none")
    test(all(r["containers"] is None for r in all_reports["stock-proc"]),
         "stock-proc: containers are unknown")
    test(not leaks(all_reports["busy"]) and not stages(all_reports["slow"]),
         "nothing else is in trouble")


def check_options(folder):
    demo = ROOT / "tests/recordings/demo.vfiotop"
    whole = run("--replay", demo, "--json").splitlines()
    test(run("--replay", demo, "--json", "-n", 3).splitlines() == whole[:3],
         "-n counts reports of a recording")
    some = run("--replay", demo, "--json", "--from", 5).splitlines()
    test(0 < len(some) < len(whole) and some == whole[-len(some):],
         "--from skips reports, whose counts stay")
    pid = json.loads(whole[-1])["containers"][0]["pid"]
    mine = [json.loads(line) for line in run("--replay", demo, "--json", "-p", pid).splitlines()]
    test({c["pid"] for r in mine for c in r["containers"]} == {pid}, "-p chooses a process")
    ordered = rows_of(run("--replay", demo, "--format=csv", "-n", 1, "--from", 6, "-o",
                          "id,pinned_bytes", "-s", "pinned_bytes"))
    pinned = [int(row["pinned_bytes"]) for row in ordered]
    test(len(pinned) > 1 and pinned == sorted(pinned, reverse=True), "-s sorts rows", pinned)

    copy, again, secret = folder / "copy", folder / "again", folder / "anonymised"
    run("record", "--replay", demo, "-o", copy)
    run("record", "--replay", copy, "-o", again)
    test(run("--replay", copy, "--json").splitlines() == whole
         and copy.read_bytes() == again.read_bytes(), "a copy of a recording is the same")
    run("record", "--replay", demo, "-o", secret, "--anonymise")
    hidden = [json.loads(line) for line in run("--replay", secret, "--json").splitlines()]
    test(not any(word in secret.read_bytes() for word in (b"hugemap", b"leaker", b"0000:")),
         "an anonymised one has no names")
    figures = [[c["pinned_bytes"] for c in r["containers"]] for r in hidden]
    test(figures == [[c["pinned_bytes"] for c in json.loads(line)["containers"]]
                     for line in whole], "but the same figures")
    test("into itself" in run("record", "--replay", copy, "-o", copy, status=1)
         and copy.read_bytes() == again.read_bytes(), "a recording is not recorded into itself")

    cut = folder / "cut"
    cut.write_bytes(demo.read_bytes()[:-40])
    done = subprocess.run([VFIOTOP, "--replay", cut, "--json"], capture_output=True, text=True,
                          check=False)
    test(done.returncode == 0 and done.stdout.splitlines() == whole[:len(whole) - 1]
         and "ends at byte" in done.stderr, "a cut one is shown up to the cut", done.stderr)
    damaged = bytearray(demo.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    cut.write_bytes(damaged)
    done = subprocess.run([VFIOTOP, "--replay", cut, "--json"], capture_output=True, text=True,
                          check=False)
    test(done.returncode == 1 and done.stdout and done.stderr.count("\n") == 1
         and ": byte " in done.stderr, "a damaged one up to the damage", done.stderr)
    for arguments in (["--speed", 2], ["--from", 1], ["record"], ["--anonymise"],
                      ["--format=xml"], ["-o", "nothing"], ["-o", "id,groups.pid"],
                      ["-s", "failures.pid"], ["record", "-o", copy, "-p", 1]):
        test(run(*arguments, status=2).startswith("vfiotop: wrong option"),
             f"wrong: {' '.join(map(str, arguments[:2]))}")


def check_leaks(folder):
    """The command that looks for leaks, whose exit status tells what it found."""
    def leaks(recording, *arguments):
        done = subprocess.run([VFIOTOP, "leaks", "--replay",
                               ROOT / f"tests/recordings/{recording}.vfiotop",
                               *map(str, arguments)],
                              capture_output=True, text=True, timeout=60, check=False,
                              env={"TZ": "UTC0"})
        return done.returncode, done.stdout, done.stderr

    status, text, _ = leaks("leak")
    page = (ROOT / "docs/leak-hunting.md").read_text()
    test(status == 8 and text in page, "leaks: growth is found, as the page shows it", text)
    status, text, _ = leaks("leak", "--json")
    found = json.loads(text)
    test(status == 8 and found["complete"] and found["leaks"] == []
         and [(leak["kind"], leak["comm"]) for leak in found["ended"]] == [("growth", "leaker")],
         "leaks: in JSON, too", text)
    status, text, _ = leaks("orphan")
    test(status == 8 and text in page, "leaks: so is an orphan", text)
    status, text, _ = leaks("orphan", "--json")
    test(status == 8 and json.loads(text)["ended"][0]["owner"] == "dead", "leaks: in JSON, too, with its dead owner", text)
    status, text, _ = leaks("kept")
    test(status == 8 and text in page, "leaks: so are pages that the kernel's own modules forgot", text)
    status, text, _ = leaks("others")
    test(status == 0 and text in page, "leaks: what others have pinned is none, and shown", text)
    test(leaks("demo")[0] == 0, "leaks: none where there are none")
    test(leaks("leak", "--for", 100)[0] == 0, "leaks: none before it can be told")
    test(leaks("leak", "--for", 100, "--growth", "window=60,start-up=5")[0] == 8,
         "leaks: one where less time is enough")
    known = folder / "known"
    known.write_text("# known\ngrowth process=leak* device=0000:*\n")
    status, text, _ = leaks("leak", "--suppressions", known, "--json")
    test(status == 0 and json.loads(text)["ended"] == [], "leaks: not those that are known", text)
    known.write_text("growth proces=leak*\n")
    status, _, text = leaks("leak", "--suppressions", known)
    test(status == 2 and "known:1: " in text, "leaks: a wrong line is named", text)
    status, _, text = leaks("stock-proc")
    test(status == 4 and "does not know containers" in text,
         "leaks: nothing is said where nothing is known", text)


def main():
    schema = json.loads((ROOT / "docs/vfiotop.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    print("TAP version 13")
    all_reports = {path.stem: check_formats(path, validator) for path in RECORDINGS}
    check_trouble(all_reports)
    with tempfile.TemporaryDirectory() as folder:
        check_options(pathlib.Path(folder))
        check_leaks(pathlib.Path(folder))
    broken = json.loads(json.dumps(all_reports["demo"][-1]))
    broken["containers"][0]["map"]["count"] = "many"
    del broken["totals"]["map"]
    test(len(list(validator.iter_errors(broken))) == 2, "the schema tells what is no report")
    done()


main()
