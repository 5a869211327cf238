"""Holds slither's report against contracts/analysis.md: each finding of high, medium or low impact must be explained there,
and each explanation must explain something. A row of its tables is `| check | where | why |`, `where` being names such as
`Contract.function`, separated by commas; a last `*` stands for all of a contract."""

import json
import sys

IMPACTS = ("High", "Medium", "Low")


def where(element):
    """`Contract.function` of what a finding is about."""
    parent = element.get("type_specific_fields", {}).get("parent", {})
    if element["type"] in ("node", "variable") and parent:
        return where(parent) if parent["type"] == "function" else f"{parent['name']}.{element['name']}"
    return f"{parent['name']}.{element['name']}" if parent.get("type") == "contract" else element["name"]


def rows(path):
    """(check, pattern) of each place that is explained."""
    for line in open(path, encoding="utf-8"):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[0] != "check" and not set(cells[0]) <= set("-:"):
            assert cells[2], f"no explanation: {line}"
            for place in cells[1].replace("`", "").split(","):
                yield cells[0].strip("`"), place.strip()


def matches(pattern, place):
    """Whether a place is meant: itself, or one of a contract that is meant as a whole."""
    return place == pattern or (pattern.endswith(".*") and place.startswith(pattern[:-1]))


def main(report, accepted):
    """Prints what is open, what is explained, and what explains nothing; 1 where anything is wrong."""
    findings = json.load(open(report, encoding="utf-8"))["results"].get("detectors", [])
    explained, unused = list(rows(accepted)), set(rows(accepted))
    counts, wrong = dict.fromkeys(IMPACTS, 0), 0
    for finding in findings:
        if finding["impact"] not in IMPACTS:
            continue
        counts[finding["impact"]] += 1
        place = where(finding["elements"][0])
        reasons = [row for row in explained if row[0] == finding["check"] and matches(row[1], place)]
        unused.difference_update(reasons)
        if not reasons:
            wrong += 1
            print(f"OPEN {finding['impact']} {finding['check']} {place}: {finding['description'].strip().splitlines()[0]}")
    for check, place in sorted(unused):
        wrong += 1
        print(f"EXPLAINS NOTHING {check} {place}")
    print(f"slither: {', '.join(f'{count} {impact.lower()}' for impact, count in counts.items())}; {wrong} not explained")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
