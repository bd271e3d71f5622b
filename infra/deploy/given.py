"""What a stage is given: samconfig.toml's parameters, those of the command, and for the rest the template's defaults."""
import os
import pathlib
import shlex
import sys

import tomlkit
from samcli.yamlhelper import yaml_parse

HERE = pathlib.Path(__file__).parent
STAGE = os.environ["STAGE"]


def template() -> dict:
    return yaml_parse((HERE / "../template.yaml").read_text(encoding="utf-8"))


def merged(texts: tuple) -> dict:
    """By name, the later wins; only what is given."""
    config = tomlkit.parse((HERE / "../samconfig.toml").read_text(encoding="utf-8"))
    given = config.get(STAGE, {}).get("deploy", {}).get("parameters", {}).get("parameter_overrides", [])
    pairs = [str(one) for one in given] + [one for text in texts for one in shlex.split(text)]
    if odd := [one for one in pairs if "=" not in one]:
        sys.exit(f"payonce: a parameter is Name=value, and this is none: {', '.join(odd)}")
    return dict(one.split("=", 1) for one in pairs)


def every(texts: tuple) -> dict:
    """Every parameter of the template: one that a deployment leaves out keeps, to sam, the value that it was given once."""
    declared, given = template()["Parameters"], merged(texts)
    if unknown := sorted(given.keys() - declared.keys()):
        sys.exit(f"payonce: infra/template.yaml has no parameter {', '.join(unknown)}")
    if missing := [name for name, one in declared.items() if name not in given and "Default" not in one]:
        sys.exit(f"payonce: no value for {', '.join(missing)}: [{STAGE}.deploy.parameters] of infra/samconfig.toml")
    return {name: str(given.get(name, one.get("Default"))) for name, one in declared.items()}


def functions() -> dict:
    """By the function's folder."""
    found = (one["Properties"] for one in template()["Resources"].values() if one["Type"] == "AWS::Serverless::Function")
    return {pathlib.Path(one["CodeUri"]).name: one for one in found}


def reserved(given: dict) -> dict:
    """What template.yaml reserves for each function, by the function's folder."""
    declared = template()["Parameters"]

    def number(value: object) -> int:
        if isinstance(value, dict):
            name = value["Ref"]
            return int(given.get(name, declared[name].get("Default")))
        return int(value)

    return {folder: number(one["ReservedConcurrentExecutions"]) for folder, one in functions().items()}
