"""Checks a processed profile of version 58 by the types that Firefox Profiler documents, and prints what its threads
hold as JSON.

The types are those of its `src/types/profile.ts`; there is no other published schema. Every column is as long as its
table says, every index lies in the table that it refers to, stacks come after their prefixes, samples are in order.
"""

import json
import sys

NUMBER, TEXT, FLAG = (int, float), str, bool
# Column: its type, whether it may be null, and the table that it refers to.
TABLES = {
    "samples": {"stack": (int, True, "stackTable"), "time": (NUMBER, False, None)},
    "markers": {
        "data": (dict, True, None),
        "name": (int, False, "strings"),
        "startTime": (NUMBER, True, None),
        "endTime": (NUMBER, True, None),
        "phase": (int, False, "phases"),
        "category": (int, False, "categories"),
    },
    "stackTable": {"frame": (int, False, "frameTable"), "prefix": (int, True, "stackTable")},
    "frameTable": {
        "address": (int, False, None),
        "inlineDepth": (int, False, None),
        "category": (int, True, "categories"),
        "subcategory": (int, True, None),
        "func": (int, False, "funcTable"),
        "nativeSymbol": (int, True, "nativeSymbols"),
        "innerWindowID": (int, True, None),
        "line": (int, True, None),
        "column": (int, True, None),
    },
    "funcTable": {
        "name": (int, False, "strings"),
        "isJS": (FLAG, False, None),
        "relevantForJS": (FLAG, False, None),
        "resource": (int, False, "resourceTable or -1"),
        "source": (int, True, "sources"),
        "lineNumber": (int, True, None),
        "columnNumber": (int, True, None),
    },
    "nativeSymbols": {
        "libIndex": (int, False, "libs"),
        "address": (int, False, None),
        "name": (int, False, "strings"),
        "functionSize": (int, True, None),
    },
    "resourceTable": {
        "lib": (int, True, "libs"),
        "name": (int, False, "strings"),
        "host": (int, True, "strings"),
        "type": (int, False, None),
    },
}
THREAD = {
    "processType": TEXT,
    "processStartupTime": NUMBER,
    "registerTime": NUMBER,
    "pausedRanges": list,
    "name": TEXT,
    "isMainThread": FLAG,
    "pid": TEXT,
    "tid": (int, str),
}
META = {
    "interval": NUMBER,
    "startTime": NUMBER,
    "processType": int,
    "product": TEXT,
    "stackwalk": int,
    "version": int,
    "preprocessedProfileVersion": int,
    "markerSchema": list,
    "categories": list,
}
LIB = ["arch", "name", "path", "debugName", "debugPath", "breakpadId"]


def typed(value, kind, where):
    assert isinstance(value, kind), f"{where} is {value!r}"
    assert not isinstance(value, bool) or kind is FLAG, f"{where} is {value!r}"


def check_table(name, table, lengths):
    columns = TABLES[name]
    length = table["length"]
    extra = set(table) - set(columns) - {"length", "weight", "weightType"}
    assert not extra, f"{name} has columns {extra} that the format has not"
    for column, (kind, may_be_null, refers_to) in columns.items():
        values = table[column]
        assert len(values) == length, f"{name}.{column} has {len(values)} rows, not {length}"
        for value in values:
            if value is None:
                assert may_be_null, f"{name}.{column} is null"
                continue
            typed(value, kind, f"{name}.{column}")
            if refers_to is not None:
                low = -1 if refers_to.endswith("-1") else 0
                most = lengths[refers_to.split(" ")[0]]
                assert low <= value < most, f"{name}.{column} is {value} of {most}"


def stack_text(thread, strings, stack):
    names = []
    while stack is not None:
        frame = thread["stackTable"]["frame"][stack]
        names.append(strings[thread["funcTable"]["name"][thread["frameTable"]["func"][frame]]])
        stack = thread["stackTable"]["prefix"][stack]
    return ";".join(reversed(names))


with open(sys.argv[1]) as file:
    profile = json.load(file)
meta, strings = profile["meta"], profile["shared"]["stringArray"]
assert meta["preprocessedProfileVersion"] == 58
for key, kind in META.items():
    typed(meta[key], kind, f"meta.{key}")
assert any(category["color"] == "grey" for category in meta["categories"])
assert all(category["subcategories"][0] == "Other" for category in meta["categories"])
assert len(set(strings)) == len(strings) and all(isinstance(text, str) for text in strings)
assert profile["shared"]["sources"] == {"length": 0, "uuid": [], "filename": []}
schemas = {schema["name"]: {field["key"] for field in schema["fields"]} for schema in meta["markerSchema"]}
for lib in profile["libs"]:
    for key in LIB:
        typed(lib[key], TEXT, f"lib.{key}")
    assert lib["codeId"] is None or len(lib["breakpadId"]) == 33, lib
answer = []
for thread in profile["threads"]:
    for key, kind in THREAD.items():
        typed(thread[key], kind, f"thread.{key}")
    lengths = {name: thread[name]["length"] for name in TABLES}
    lengths |= {"strings": len(strings), "libs": len(profile["libs"]), "categories": len(meta["categories"])}
    lengths |= {"phases": 4, "sources": 0}
    for name in TABLES:
        check_table(name, thread[name], lengths)
    prefixes = thread["stackTable"]["prefix"]
    assert all(prefix is None or prefix < row for row, prefix in enumerate(prefixes)), "a prefix comes after its stack"
    times, markers = thread["samples"]["time"], thread["markers"]
    assert times == sorted(times), "samples are not in order"
    assert thread["samples"]["weightType"] == "samples"
    wakers = []
    for row, data in enumerate(markers["data"]):
        assert set(data) - {"type", "cause"} <= schemas[data["type"]], data
        begin, end = markers["startTime"][row], markers["endTime"][row]
        assert (markers["phase"][row] == 1) == (end is not None)
        assert end is None or begin <= end
        if "cause" in data:
            assert 0 <= data["cause"]["stack"] < lengths["stackTable"]
        wakers.append(data["waker"])
    stacks = [stack_text(thread, strings, stack) for stack in thread["samples"]["stack"]]
    answer.append({
        "tid": thread["tid"],
        "pid": thread["pid"],
        "name": thread["name"],
        "samples": len(times),
        "stacks": sorted(set(stacks)),
        "markers": len(wakers),
        "off_ms": sum(end - begin for begin, end in zip(markers["startTime"], markers["endTime"]) if end is not None),
        "wakers": wakers,
    })
print(json.dumps(answer))
