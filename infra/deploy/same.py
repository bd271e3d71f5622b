#!/usr/bin/env python3
"""Do two templates make the same? Every section, but for a single dependency that is written as a list.

  same.py ONE OTHER
"""
import json
import sys


def sections(path: str) -> dict:
    with open(path, encoding="utf-8") as file:
        template = json.load(file)
    for resource in template["Resources"].values():
        dependency = resource.get("DependsOn")
        if isinstance(dependency, str):
            resource["DependsOn"] = [dependency]
    return template


one, other = (sections(path) for path in sys.argv[1:])
differing = []
for section in sorted(one.keys() | other.keys()):
    left, right = one.get(section), other.get(section)
    if isinstance(left, dict) and isinstance(right, dict):
        differing += [f"{section}.{name}" for name in left.keys() | right.keys() if left.get(name) != right.get(name)]
    elif left != right:
        differing.append(section)
if differing:
    sys.exit(f"not the same: {', '.join(sorted(differing))}")
print(f"CDK makes the same {len(one['Resources'])} resources")
