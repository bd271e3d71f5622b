#!/usr/bin/env python3
"""The template as CloudFormation gets to see it, as JSON: SAM's words put into CloudFormation's, as AWS does on its side.

  expand.py BUILT [REGION]

BUILT holds FUNCTION/bootstrap; where it is not there, the code has the name "unbuilt". A version's logical id comes from its
code's, so that other code is another version. To be run by the Python of sam.
"""
import hashlib
import json
import logging
import os
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator


def digest(folder: str) -> str:
    """Of the program and whatever lies beside it."""
    if not os.path.isfile(os.path.join(folder, "bootstrap")):
        return "unbuilt"
    seen = hashlib.sha256()
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            seen.update(name.encode() + b"\0" + hashlib.sha256(file.read()).digest())
    return seen.hexdigest()


built, *region = sys.argv[1:]
os.environ["AWS_DEFAULT_REGION"] = (region or ["us-east-1"])[0]
logging.disable(logging.WARNING)
with open(os.path.join(os.path.dirname(__file__), "../template.yaml"), encoding="utf-8") as file:
    template = yaml_parse(file.read())
for resource in template["Resources"].values():
    if resource["Type"] == "AWS::Serverless::Function":
        folder = os.path.basename(resource["Properties"]["CodeUri"].rstrip("/"))
        resource["Properties"]["CodeUri"] = f"s3://{folder}/{digest(os.path.join(built, folder))}"
# SAM itself looks at one parameter's value only, Release: a part of each version's logical id.
given = {name: parameter.get("Default", "given") for name, parameter in template["Parameters"].items()}
given["Release"] = os.environ.get("RELEASE", "")
expanded = Translator({}, Parser()).translate(sam_template=template, parameter_values=given)
json.dump(expanded, sys.stdout, indent=1, default=str)
