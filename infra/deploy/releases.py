"""Which release serves, and which one served before it: two aliases of each function beside `live`, no part of the template, so that
CloudFormation neither sees nor moves them.

  served   the version that answered when it was last asked
  before   the one that did before that
"""
import sys

import boto3


class Function:
    """One that is called by its alias `live`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.client = boto3.client("lambda")

    def at(self, alias: str) -> str | None:
        try:
            return self.client.get_alias(FunctionName=self.name, Name=alias)["FunctionVersion"]
        except self.client.exceptions.ResourceNotFoundException:
            return None

    def point(self, alias: str, version: str) -> None:
        """At one version alone: a canary's share ends."""
        to = {"FunctionName": self.name, "Name": alias, "FunctionVersion": version}
        if self.at(alias):
            self.client.update_alias(**to, RoutingConfig={"AdditionalVersionWeights": {}})
        else:
            self.client.create_alias(**to)


def record(functions: list) -> None:
    """That what is live serves. `before` first: who is interrupted and asked again loses nothing."""
    for one in map(Function, functions):
        live, served = one.at("live"), one.at("served")
        if live == served:
            continue
        if served:
            one.point("before", served)
        one.point("served", live)


def was_rolled_back(functions: list) -> bool:
    """Since the last release. The stack still says the one that was taken back."""
    return any(one.at("live") == one.at("before") for one in map(Function, functions))


def goal(one: Function) -> str | None:
    """Where a rollback leads. Of what is live and never served to what did; asked again half-way, to where it led before."""
    live, served, before = one.at("live"), one.at("served"), one.at("before")
    if live not in (served, before):
        return served
    return before if live != before or served != before else None


def roll_back(functions: list) -> None:
    goals = [(one, goal(one)) for one in map(Function, functions)]
    if not any(version for _, version in goals):
        sys.exit("payonce: no release is on record that served before this one: deploy the commit that is right")
    for one, version in goals:
        live = one.at("live")
        if not version:
            print(f"{one.name}: {live} stays, as no version before it is on record")
            continue
        one.point("live", version)
        one.point("served", version)
        # So the next release knows, also where what is taken back never served.
        one.point("before", version)
        print(f"{one.name}: from {live} to {version}")
