#!/usr/bin/env python3
"""What make deploy, rollback, freeze and unfreeze ask of AWS and tell it. STACK, APP_ID and STAGE say which stack.

  stack.py state             new, unset (secrets without a value) or ready; complains of an account that is too small
  stack.py missing           the secrets without a value
  stack.py settings          the settings of its functions, secrets by their ids, for a shell that payonce is to run in
  stack.py parameters TEXT.. Name=value lines: samconfig.toml's of this stage, then what TEXT has; the later wins
  stack.py outputs           where the functions are
  stack.py healthy           waits until every function with a URL answers
  stack.py rollback          each function's alias live, one version back
  stack.py freeze            no function takes a call: concurrency 0; providers bring theirs again
  stack.py unfreeze          back to the template's

Credentials, region and endpoint as every AWS tool reads them. To be run by the Python of sam.
"""
import json
import os
import pathlib
import shlex
import sys
import time
import urllib.parse
import urllib.request

import boto3
import tomlkit
from botocore.exceptions import ClientError
from samcli.yamlhelper import yaml_parse

STACK, APP_ID, STAGE = (os.environ[name] for name in ("STACK", "APP_ID", "STAGE"))
HERE = pathlib.Path(__file__).parent
# Without these nothing starts. The others are missing where their provider is not used.
NEEDED = ("DATABASE_URL", "DATABASE_CRON_URL", "DATABASE_DIRECT_URL")
# AWS keeps so many instances for functions that reserve none.
UNRESERVED = 100
# How the health of a function is waited for, in seconds.
PATIENCE = 60


def outputs() -> dict:
    (stack,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}


def exists() -> bool:
    try:
        return bool(outputs())
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise


def resources(kind: str) -> list:
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
    return [one for page in pages for one in page["StackResourceSummaries"] if one["ResourceType"] == kind]


def without_value() -> list:
    """By name: the secrets that were never given a value. No value is read into anything that prints."""
    client, unset = boto3.client("secretsmanager"), []
    for secret_id in (one["PhysicalResourceId"] for one in resources("AWS::SecretsManager::Secret")):
        name = client.describe_secret(SecretId=secret_id)["Name"].rsplit("/", 1)[1]
        try:
            held = client.get_secret_value(SecretId=secret_id)
            if not held.get("SecretString", "").strip():
                unset.append(name)
        except client.exceptions.ResourceNotFoundException:
            unset.append(name)
    return sorted(unset)


def state() -> None:
    if not exists():
        room = boto3.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
        wanted = sum(reserved(merged([os.environ.get("PARAMETERS", "")])).values())
        if room < wanted + UNRESERVED:
            sys.exit(
                f"payonce: this account runs {room} instances at once, and the stack reserves {wanted} of them beside the "
                f"{UNRESERVED} that AWS keeps: ask for more (docs/deploy.md), or set WebhookConcurrency and the others lower"
            )
        print("new")
        return
    needed = [name for name in without_value() if name in NEEDED]
    if needed:
        sys.exit(f"payonce: secrets without a value: {', '.join(needed)}. {HOW}")
    print("ready")


HOW = "Give each one by payonce secrets put NAME (docs/deploy.md)"


def missing() -> None:
    print(*(f"  {name}" for name in without_value()), sep="\n")


def settings() -> None:
    client, all_of_them = boto3.client("lambda"), {"AWS_REGION": boto3.session.Session().region_name}
    for function in functions():
        environment = client.get_function_configuration(FunctionName=function).get("Environment", {})
        all_of_them |= environment.get("Variables", {})
    # A file beside the code, there; here it is elsewhere.
    all_of_them.pop("DATABASE_CA_FILE", None)
    for name, value in sorted(all_of_them.items()):
        print(f"export {name}={shlex.quote(value or '')}")


def merged(texts: list) -> dict:
    config = tomlkit.parse((HERE / "../samconfig.toml").read_text(encoding="utf-8"))
    given = config.get(STAGE, {}).get("deploy", {}).get("parameters", {}).get("parameter_overrides", [])
    pairs = [str(one) for one in given] + [one for text in texts for one in shlex.split(text)]
    return dict(one.split("=", 1) for one in pairs)


def reserved(given: dict) -> dict:
    """What template.yaml reserves for each function, by the function's folder."""
    template = yaml_parse((HERE / "../template.yaml").read_text(encoding="utf-8"))

    def number(value: object) -> int:
        if isinstance(value, dict):
            name = value["Ref"]
            return int(given.get(name, template["Parameters"][name].get("Default")))
        return int(value)

    functions = (one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::Serverless::Function")
    return {pathlib.Path(one["CodeUri"]).name: number(one["ReservedConcurrentExecutions"]) for one in functions}


def parameters(*texts: str) -> None:
    # Quoted for sam, which takes a value apart at its blanks.
    for name, value in merged(list(texts)).items():
        print(f"{name}={json.dumps(value, ensure_ascii=False)}")


def request_of(url: str) -> urllib.request.Request:
    """An emulator's functions have names that nobody resolves: it is asked itself, and finds them by the name."""
    emulator = os.environ.get("AWS_ENDPOINT_URL")
    if not emulator:
        return urllib.request.Request(url)
    name, path = urllib.parse.urlsplit(url).netloc, urllib.parse.urlsplit(url).path
    return urllib.request.Request(emulator.rstrip("/") + path, headers={"Host": name})


def healthy() -> None:
    for name, url in outputs().items():
        if not name.endswith("Endpoint"):
            continue
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(request_of(f"{url}v1/meta"), timeout=10) as answer:
                    print(name, answer.read().decode())
                    break
            except OSError as error:
                if time.monotonic() > until:
                    sys.exit(f"payonce: {name} does not answer at {url}v1/meta: {error}. make rollback STAGE={STAGE} goes back")
                time.sleep(1)


def functions() -> list:
    return outputs()["FunctionNames"].split(",")


def rollback() -> None:
    cloudformation = boto3.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    if stack["StackStatus"] == "UPDATE_IN_PROGRESS":
        cloudformation.cancel_update_stack(StackName=STACK)
        print("A deployment was under way: CloudFormation takes it back, its canary first")
        return
    client = boto3.client("lambda")
    for function in functions():
        pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=function)
        published = [one["Version"] for page in pages for one in page["Versions"] if one["Version"] != "$LATEST"]
        live = client.get_alias(FunctionName=function, Name="live")
        older = sorted((one for one in published if int(one) < int(live["FunctionVersion"])), key=int)
        if not older:
            print(f"{function}: {live['FunctionVersion']} is its first version, and stays")
            continue
        client.update_alias(
            FunctionName=function, Name="live", FunctionVersion=older[-1], RoutingConfig={"AdditionalVersionWeights": {}}
        )
        print(f"{function}: from {live['FunctionVersion']} to {older[-1]}")


def freeze() -> None:
    client = boto3.client("lambda")
    for function in functions():
        client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
        print(f"{function}: frozen")


def unfreeze() -> None:
    """To what the stack was deployed with, which CloudFormation remembers."""
    client = boto3.client("lambda")
    cloudformation = boto3.client("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    deployed = {one["ParameterKey"]: one["ParameterValue"] for one in stack.get("Parameters", [])}
    by_folder = reserved(deployed)
    for function in functions():
        folder = function.removeprefix(f"{APP_ID}-{STAGE}-")
        concurrency = by_folder[folder]
        client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=concurrency)
        print(f"{function}: {concurrency}")


COMMANDS = {
    "state": state,
    "missing": missing,
    "settings": settings,
    "parameters": parameters,
    "outputs": lambda: print(*(f"{name:24}{value}" for name, value in sorted(outputs().items())), sep="\n"),
    "healthy": healthy,
    "rollback": rollback,
    "freeze": freeze,
    "unfreeze": unfreeze,
}
if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
    sys.exit(__doc__)
COMMANDS[sys.argv[1]](*sys.argv[2:])
