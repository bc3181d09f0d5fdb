"""Counts the results of a report by class, and compares each case with what is expected of it."""

import collections
import json
import os
import sys

CASES = 517
KINDS = ["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "FAILED"]


def read(path):
    with open(path) as file:
        return json.load(file)


def order(case):
    return [int(part) for part in case.split(".")]


def main(report, expected_path):
    agents = list(read(report).values())
    assert len(agents) == 1, "one server was tested"
    found = {
        case: [result["behavior"], result["behaviorClose"]]
        for case, result in sorted(agents[0].items(), key=lambda item: order(item[0]))
    }

    classes = collections.defaultdict(collections.Counter)
    for case, (behavior, _) in found.items():
        classes[order(case)[0]][behavior] += 1
    others = sorted({b for counts in classes.values() for b in counts} - set(KINDS))
    kinds = KINDS + others
    print("| class | " + " | ".join(kinds) + " |")
    print("|---|" + "--:|" * len(kinds))
    for name, counts in sorted(classes.items()):
        print(f"| {name}.* | " + " | ".join(str(counts[kind]) for kind in kinds) + " |")
    total = sum(classes.values(), collections.Counter())
    print("| all | " + " | ".join(str(total[kind]) for kind in kinds) + " |")

    faults = []
    if len(found) != CASES:
        faults.append(f"{len(found)} cases were run, not {CASES}")
    for kind, most in [("FAILED", 0), ("UNIMPLEMENTED", 0), ("NON-STRICT", 2), ("INFORMATIONAL", 3)]:
        if total[kind] > most:
            faults.append(f"{total[kind]} cases are {kind}, of at most {most}")
    for kind in others:
        faults.append(f"{total[kind]} cases are {kind}")

    if os.environ.get("UPDATE"):
        with open(expected_path, "w") as file:
            lines = (f"  {json.dumps(case)}: {json.dumps(result)}" for case, result in found.items())
            file.write("{\n" + ",\n".join(lines) + "\n}\n")
    expected = read(expected_path)
    for case in sorted(expected.keys() | found.keys(), key=order):
        if expected.get(case) != found.get(case):
            faults.append(f"{case} is {found.get(case)}, expected {expected.get(case)}")

    for fault in faults:
        print(fault)
    print(f"Autobahn: {total['OK']} of {len(found)} cases are OK, {len(faults)} faults")
    return 1 if faults else 0


sys.exit(main(*sys.argv[1:]))
