#!/usr/bin/env python3
"""What make deploy, rollback, freeze and unfreeze ask of AWS and tell it. STACK, APP_ID and STAGE say which stack.

  stack.py state             new, unset (secrets without a value) or ready; complains of what a deployment would fail at
  stack.py missing           the secrets without a value
  stack.py settings [CA]     the settings of its functions, secrets by their ids, for a shell that payonce is to run in
  stack.py parameters TEXT.. Name=value lines, every parameter: samconfig.toml's of this stage, then what TEXT has; the later wins
  stack.py architecture TEXT..  ARCH, else what the stage is given, else what it runs on
  stack.py outputs           where the functions are
  stack.py healthy           waits until every function with a URL answers
  stack.py served            puts on record that what is live serves
  stack.py rolled-back       yes, while what is live is what a rollback went back to
  stack.py rollback          each function's alias live, to the version that served before
  stack.py frozen            yes, while it is
  stack.py freeze            no function takes a call, but for migrate: concurrency 0; providers bring theirs again
  stack.py unfreeze          back to the template's

Credentials, region and endpoint as every AWS tool reads them. To be run by the Python of sam.
"""
import json
import os
import shlex
import sys
import time
import urllib.parse
import urllib.request

import boto3
from botocore.exceptions import ClientError

import given
import releases

STACK, APP_ID, STAGE = (os.environ[name] for name in ("STACK", "APP_ID", "STAGE"))
# Without these nothing starts. The others are missing where their provider is not used.
NEEDED = ("DATABASE_URL", "DATABASE_CRON_URL", "DATABASE_DIRECT_URL")
# AWS keeps so many instances for functions that reserve none.
UNRESERVED = 100
# How the health of a function is waited for, in seconds.
PATIENCE = 60
# Nothing was ever deployed in these, or it is half gone.
TO_BE_DELETED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


def stack() -> dict | None:
    """Nothing where there is none, or only a change set that was never executed."""
    try:
        (found,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return None if found["StackStatus"] == "REVIEW_IN_PROGRESS" else found


def there() -> dict:
    return stack() or sys.exit(f"payonce: there is no stack {STACK} in {boto3.session.Session().region_name}")


def outputs() -> dict:
    return {one["OutputKey"]: one["OutputValue"] for one in there().get("Outputs", [])}


def deployed() -> dict:
    """The parameters that it was deployed with."""
    return {one["ParameterKey"]: one["ParameterValue"] for one in (stack() or {}).get("Parameters", [])}


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


def left_behind() -> list:
    """The commands that clear what an earlier stack of this name left: CloudFormation makes nothing that is there."""
    named, group = f"{APP_ID}/{STAGE}/", f"/payonce/{APP_ID}-{STAGE}"
    pages = boto3.client("secretsmanager").get_paginator("list_secrets").paginate(
        IncludePlannedDeletion=True, Filters=[{"Key": "name", "Values": [named]}]
    )
    kept = sorted(one["Name"] for page in pages for one in page["SecretList"] if one["Name"].startswith(named))
    groups = boto3.client("logs").describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    return [f"aws secretsmanager delete-secret --force-delete-without-recovery --secret-id {name}" for name in kept] + [
        f"aws logs delete-log-group --log-group-name {group}" for one in groups if one["logGroupName"] == group
    ]


def may_begin() -> None:
    room = boto3.client("lambda").get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
    wanted = sum(given.reserved(given.merged((os.environ.get("PARAMETERS", ""),))).values())
    if room < wanted + UNRESERVED:
        sys.exit(
            f"payonce: this account runs {room} instances at once, and the stack reserves {wanted} of them beside the "
            f"{UNRESERVED} that AWS keeps: ask for more (docs/deploy.md), or set WebhookConcurrency and the others lower"
        )
    if commands := left_behind():
        sys.exit(
            "\n  ".join(
                [f"payonce: an earlier stack {STACK} left these behind. What they hold is lost by", *commands]
            )
        )


def state() -> None:
    found = stack()
    if not found:
        may_begin()
        print("new")
        return
    status = found["StackStatus"]
    if status in TO_BE_DELETED:
        sys.exit(
            f"payonce: the stack {STACK} is {status}, and takes no deployment. Its events say why. Delete it, then deploy again:\n"
            f"  aws cloudformation delete-stack --stack-name {STACK}\n"
            f"  aws cloudformation wait stack-delete-complete --stack-name {STACK}"
        )
    if status == "UPDATE_ROLLBACK_FAILED":
        sys.exit(f"payonce: {STACK} is {status}: aws cloudformation continue-update-rollback --stack-name {STACK}")
    if status.endswith("_IN_PROGRESS"):
        sys.exit(f"payonce: {STACK} is {status}: wait for its end; make rollback STAGE={STAGE} ends a deployment")
    if is_frozen() and os.environ.get("FROZEN") != "yes":
        sys.exit(f"payonce: {STACK} is frozen: make unfreeze STAGE={STAGE} first, or FROZEN=yes, and it stays frozen")
    needed = [name for name in without_value() if name in NEEDED]
    if needed:
        sys.exit(f"payonce: secrets without a value: {', '.join(needed)}. {HOW}")
    print("ready")


HOW = "Give each one by payonce secrets put NAME (docs/deploy.md)"


def missing() -> None:
    print(*(f"  {name}" for name in without_value()), sep="\n")


def settings(ca_file: str = "") -> None:
    client, region = boto3.client("lambda"), boto3.session.Session().region_name
    all_of_them = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    for function in functions():
        environment = client.get_function_configuration(FunctionName=function).get("Environment", {})
        all_of_them |= environment.get("Variables", {})
    for name, url in outputs().items():
        if name.endswith("Endpoint"):
            all_of_them[name] = url.rstrip("/")
    all_of_them["RECEIPT_URL_BASE"] = all_of_them["ReceiptEndpoint"]
    # A file beside the code, there; here it is elsewhere.
    if all_of_them.pop("DATABASE_CA_FILE", ""):
        all_of_them["DATABASE_CA_FILE"] = ca_file
        if not ca_file:
            print("payonce: the database has an authority of its own: export DATABASE_CA_FILE=file.pem", file=sys.stderr)
    # Another stack's, or the laptop's, in the same shell.
    kept = [name.removesuffix("_SECRET_ID") for name in all_of_them if name.endswith("_SECRET_ID")]
    print("unset", *sorted(kept), "DATABASE_CA_FILE FUNCTION_URL_BASE")
    for name, value in sorted(all_of_them.items()):
        print(f"export {name}={shlex.quote(value or '')}")


def parameters(*texts: str) -> None:
    # Quoted for sam, which takes a value apart at its blanks.
    for name, value in given.every(texts).items():
        print(f"{name}={json.dumps(value, ensure_ascii=False)}")


def architecture(*texts: str) -> None:
    told = os.environ.get("ARCH") or given.merged(texts).get("Architecture")
    print(told or deployed().get("Architecture") or given.every(texts)["Architecture"])


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


def functions(but: tuple = ()) -> list:
    """But for those of these folders."""
    return [one for one in outputs()["FunctionNames"].split(",") if folder(one) not in but]


def folder(function: str) -> str:
    return function.removeprefix(f"{APP_ID}-{STAGE}-")


def called_live() -> list:
    """The others are called as what was deployed last, and have no way back but another deployment."""
    without = [name for name, one in given.functions().items() if one.get("DeploymentPreference", {}).get("Enabled") is False]
    return functions(but=tuple(without))


def rollback() -> None:
    status = there()["StackStatus"]
    if status == "UPDATE_IN_PROGRESS":
        boto3.client("cloudformation").cancel_update_stack(StackName=STACK)
        print("A deployment was under way: CloudFormation takes it back, its canary first")
        return
    if status.endswith("_IN_PROGRESS"):
        sys.exit(f"payonce: {STACK} is {status}, which moves the versions itself: wait for its end")
    releases.roll_back(called_live())


def is_frozen() -> bool:
    client = boto3.client("lambda")
    reserved = (client.get_function_concurrency(FunctionName=one) for one in functions(but=("migrate",)))
    return any(one.get("ReservedConcurrentExecutions") == 0 for one in reserved)


def freeze() -> None:
    """Migrate is asked by deployments alone: one that it does not answer would wait for a quarter of an hour."""
    client = boto3.client("lambda")
    for function in functions(but=("migrate",)):
        client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
        print(f"{function}: frozen")


def unfreeze() -> None:
    """To what the stack was deployed with, which CloudFormation remembers."""
    client = boto3.client("lambda")
    by_folder = given.reserved(deployed())
    for function in functions():
        concurrency = by_folder[folder(function)]
        client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=concurrency)
        print(f"{function}: {concurrency}")


def answer(holds: bool) -> None:
    print("yes" if holds else "no")


COMMANDS = {
    "state": state,
    "missing": missing,
    "settings": settings,
    "parameters": parameters,
    "architecture": architecture,
    "outputs": lambda: print(*(f"{name:24}{value}" for name, value in sorted(outputs().items())), sep="\n"),
    "healthy": healthy,
    "served": lambda: releases.record(called_live()),
    "rolled-back": lambda: answer(releases.was_rolled_back(called_live())),
    "rollback": rollback,
    "frozen": lambda: answer(is_frozen()),
    "freeze": freeze,
    "unfreeze": unfreeze,
}
if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
    sys.exit(__doc__)
COMMANDS[sys.argv[1]](*sys.argv[2:])
