"""Reads a directory of tables as two programs do, and prints rows and columns of each as JSON."""

import json
import os
import sys

import polars
import pyarrow.csv
import pyarrow.ipc

answer = {}
for name in sorted(os.listdir(sys.argv[1])):
    path = os.path.join(sys.argv[1], name)
    table, _, kind = name.rpartition(".")
    if kind == "arrow":
        with pyarrow.ipc.open_file(path) as file:
            read = file.read_all()
        other = polars.read_ipc(path)
        rows, columns, others = read.num_rows, read.column_names, other.columns
        assert other.height == rows, name
    else:
        with open(path, "rb") as file:
            is_empty = file.read().count(b"\n") == 1
        other = polars.read_csv(path, infer_schema=False)
        read = other if is_empty else pyarrow.csv.read_csv(path)
        rows, columns, others = other.height, other.columns, list(other.columns if is_empty else read.column_names)
        if table == "stack":
            frames = [json.loads(text) for text in other["frames"]]
            assert all(isinstance(frame, int) for stack in frames for frame in stack)
        if table == "exec":
            assert all(isinstance(json.loads(text), list) for text in other["argv"])
    assert list(columns) == list(others), name
    answer[table] = {"rows": rows, "columns": list(columns)}
print(json.dumps(answer))
