#!/usr/bin/env python3
"""The template as sam local runs it, as JSON; after `--functions` each function's folder and logical id, a line each.

  local-template.py TEMPLATE BUILT MACHINE HOST [--functions]

What the stack keeps in Secrets Manager (NAME_SECRET_ID) is given as NAME, and every setting that this process has is its value.
Functions find the Secrets Manager of AWS_ENDPOINT_URL. BUILT holds FUNCTION/bootstrap for MACHINE (x86_64 or arm64); HOST is what a
container calls the machine whose 127.0.0.1 the database listens on. To be run by the Python of sam.
"""
import json
import os
import sys

from samcli.yamlhelper import yaml_parse

KEPT = "_SECRET_ID"


def given(declared: dict, host: str) -> dict:
    """The variables: of those that are declared, the values that this process has win."""
    variables = {"AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"].replace("127.0.0.1", host)}
    for name, value in declared.items():
        plain = name.removesuffix(KEPT)
        if plain in os.environ:
            variables[plain] = os.environ[plain].replace("127.0.0.1", host)
        elif plain == name:
            variables[name] = value
    return variables


template_file, built, machine, host, *rest = sys.argv[1:]
with open(template_file, encoding="utf-8") as file:
    template = yaml_parse(file.read())
common = template.get("Globals", {}).get("Function", {})
common_variables = common.pop("Environment", {}).get("Variables", {})
folders = {}
for logical_id, resource in template["Resources"].items():
    if resource["Type"] != "AWS::Serverless::Function":
        continue
    properties = resource["Properties"]
    folder = os.path.basename(properties.get("CodeUri", "").rstrip("/"))
    folders[folder] = logical_id
    declared = common_variables | properties.get("Environment", {}).get("Variables", {})
    properties["Environment"] = {"Variables": given(declared, host)}
    properties["CodeUri"] = os.path.join(built, folder)
    properties["Architectures"] = [machine]
if rest:
    print(*(f"{folder} {logical_id}" for folder, logical_id in sorted(folders.items())), sep="\n")
else:
    print(json.dumps(template, indent=1))
