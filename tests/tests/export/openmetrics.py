"""Reads an exposition with the parser of Prometheus' client, and prints every sample as JSON."""

import json
import sys

from prometheus_client.openmetrics.parser import text_fd_to_metric_families

with open(sys.argv[1], newline="\n") as file:
    families = list(text_fd_to_metric_families(file))
print(json.dumps([
    {"family": family.name, "type": family.type, "name": sample.name, "labels": sample.labels,
     "value": sample.value, "at": float(sample.timestamp)}
    for family in families for sample in family.samples
]))
