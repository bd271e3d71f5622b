#!/usr/bin/env python3
"""ministack, an AWS for this machine, with what our template needs and it lacks. By the Python of cloud.

Taught to it here, as AWS documents it:
- AWS::CodeDeploy::*: taken, and nothing more; an alias points to its new version at once, without a canary.
- AWS::SecretsManager::RotationSchedule and RotateSecret: the four steps, one after the other, at the rotation function. Its
  own RotateSecret gives the old value again. Nothing rotates by the calendar.
- SAM's transform sees the values of the parameters, not their defaults alone.
- A secret that nobody gave a value has none; a number among a function's variables is text.
- How many instances a function may have is the function's, not a version's.
"""
import contextvars
import json
import logging
import threading

from ministack import app
from ministack.core.responses import error_response_json, json_response, new_uuid
from ministack.services import lambda_svc
from ministack.services import secretsmanager as secrets
from ministack.services.cloudformation import changesets, engine, handlers, provisioners
from samtranslator.translator import transform

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
PARAMETERS = contextvars.ContextVar("the parameters of the stack that is transformed")
log = logging.getLogger("rotation")


def refused(response: tuple) -> bool:
    return response[0] >= 400


def not_found() -> tuple:
    return error_response_json("ResourceNotFoundException", "Secrets Manager can't find the specified secret.", 400)


def take_steps(function: dict, secret: str, token: str) -> None:
    """An error ends it. AWS would try again later."""
    for step in STEPS:
        event = {"Step": step, "SecretId": secret, "ClientRequestToken": token}
        answer = lambda_svc._execute_function_with_config_scope(function, event)
        log.info("%s of %s: %s", step, secret, answer.get("body"))
        if answer.get("error"):
            return


def rotate(data: dict) -> tuple:
    """RotateSecret."""
    _, secret = secrets._resolve(data.get("SecretId"))
    if not secret or secret.get("DeletedDate"):
        return not_found()
    secret["RotationLambdaARN"] = data.get("RotationLambdaARN") or secret.get("RotationLambdaARN")
    secret["RotationRules"] = data.get("RotationRules") or secret.get("RotationRules")
    secret["RotationEnabled"] = True
    answer = {"ARN": secret["ARN"], "Name": secret["Name"]}
    if data.get("RotateImmediately", True):
        token = answer["VersionId"] = data.get("ClientRequestToken") or new_uuid()
        # There, and without a value.
        secret["Versions"].setdefault(
            token, {"SecretString": None, "SecretBinary": None, "CreatedDate": 0, "Stages": ["AWSPENDING"]}
        )
        record, config, _ = lambda_svc._get_func_record_for_ref(secret["RotationLambdaARN"])
        function = lambda_svc._execution_record_for_config(record, config)
        threading.Thread(target=take_steps, args=(function, secret["ARN"], token), daemon=True).start()
    return json_response(answer)


def get_value(data: dict, given=secrets._get_secret_value) -> tuple:
    """GetSecretValue."""
    answer = given(data)
    if not refused(answer) and not {"SecretString", "SecretBinary"} & json.loads(answer[2]).keys():
        return not_found()
    return answer


def create_secret(logical_id: str, props: dict, stack: str, given=provisioners._sm_secret_create) -> tuple:
    """AWS::SecretsManager::Secret."""
    name, attributes = given(logical_id, props, stack)
    if not props.get("SecretString") and not props.get("GenerateSecretString"):
        secrets._secrets[name]["Versions"].clear()
    return name, attributes


def schedule_rotation(logical_id: str, props: dict, stack: str) -> tuple:
    """AWS::SecretsManager::RotationSchedule, created or updated."""
    asked = {name: props.get(name) for name in ("SecretId", "RotationLambdaARN", "RotationRules")}
    # What a parameter gives is text.
    rules = asked["RotationRules"] or {}
    asked["RotationRules"] = {name: int(value) if name == "AutomaticallyAfterDays" else value for name, value in rules.items()}
    answer = rotate(asked | {"RotateImmediately": str(props.get("RotateImmediatelyOnUpdate", True)).lower() != "false"})
    if refused(answer):
        raise ValueError(f"AWS::SecretsManager::RotationSchedule {logical_id}: {answer[2]!r}")
    return props["SecretId"], {}


def function_of_text(given):
    """Create or update of AWS::Lambda::Function, by `given`."""

    def make(*told, **named):
        for props in (one for one in told if isinstance(one, dict)):
            variables = props.get("Environment", {}).get("Variables", {})
            variables.update({name: str(value) for name, value in variables.items()})
        return given(*told, **named)

    return make


def reserved(function: dict, config: dict, given=lambda_svc._reserved_concurrency) -> int | None:
    """The instances that a version may have."""
    return given(lambda_svc._functions.get(config.get("FunctionName"), function), config)


def apply_transforms(template: dict, provided=None, previous=None, given=engine._apply_transforms) -> dict:
    """The template as CloudFormation goes on with it."""
    PARAMETERS.set(engine._transform_parameters(template, provided, previous))
    return given(template, provided, previous)


def sam(template: dict, _defaults: dict, loader, given=transform.transform) -> dict:
    return given(template, PARAMETERS.get(), loader)


def taken(logical_id: str, props: dict, stack: str) -> tuple:
    """A resource without an effect."""
    return props.get("ApplicationName") or f"{stack}-{logical_id}", {}


def gone(_physical_id: str, _props: dict) -> None:
    """It leaves nothing."""


lambda_svc._reserved_concurrency = reserved
secrets._rotate_secret = rotate
secrets._get_secret_value = get_value
changesets._apply_transforms = handlers._apply_transforms = apply_transforms
transform.transform = sam
types = provisioners._RESOURCE_HANDLERS
types["AWS::SecretsManager::Secret"]["create"] = create_secret
types["AWS::SecretsManager::RotationSchedule"] = {
    "create": schedule_rotation,
    "update": lambda physical_id, old, new, stack, logical_id=None: schedule_rotation(logical_id, new, stack),
    "delete": gone,
}
functions = types["AWS::Lambda::Function"]
functions.update({what: function_of_text(functions[what]) for what in ("create", "update")})
types["AWS::CodeDeploy::Application"] = types["AWS::CodeDeploy::DeploymentGroup"] = {"create": taken, "delete": gone}
app.main()
