"""Checks a file with the published schema of speedscope, and prints what its profiles add up to as JSON."""

import json
import sys

import jsonschema

with open(sys.argv[1]) as file, open(sys.argv[2]) as schema:
    profile, schema = json.load(file), json.load(schema)
jsonschema.Draft7Validator.check_schema(schema)
jsonschema.validate(profile, schema)
frames = profile["shared"]["frames"]
sums = []
for one in profile["profiles"]:
    assert len(one["samples"]) == len(one["weights"]), one["name"]
    assert sum(one["weights"]) == one["endValue"] - one["startValue"], one["name"]
    assert all(0 <= frame < len(frames) for stack in one["samples"] for frame in stack), one["name"]
    stacks = [";".join(frames[frame]["name"] for frame in stack) for stack in one["samples"]]
    sums.append({"name": one["name"], "samples": len(stacks), "total": one["endValue"], "stacks": sorted(set(stacks))})
print(json.dumps(sums))
