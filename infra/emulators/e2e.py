#!/usr/bin/env python3
"""What e2e.sh does once the cloud and the database are there: deploy, sell, show a receipt, rotate.

  e2e.py REPOSITORY PAYONCE
"""
import json
import os
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3

ROOT, PAYONCE = sys.argv[1:]
APP, STAGE, CLOUD = os.environ["APP_ID"], os.environ["STAGE"], os.environ["AWS_ENDPOINT_URL"]
SHOP = "http://localhost:3000"
# So its functions are named.
FUNCTION, STACK = f"{APP}-{STAGE}-", f"{APP}-{STAGE}"
GIVEN = ("DATABASE_URL", "DATABASE_CRON_URL", "DATABASE_DIRECT_URL", "STRIPE_WEBHOOK_SECRET", "RAZORPAY_WEBHOOK_SECRET")
secrets = boto3.client("secretsmanager")


def say(what: str) -> None:
    print(f"{time.monotonic() - STARTED:5.1f} s  {what}")


def run(*command: str, told: str | None = None, **environment: str) -> str:
    done = ended(*command, told=told, **environment)
    if done.returncode:
        sys.exit(f"{' '.join(command[:6])} ended with {done.returncode}:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def ended(*command: str, told: str | None = None, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(command, input=told, capture_output=True, text=True, env=os.environ | environment, timeout=300)


def deploy(**others: str) -> str:
    """By the command that deploys to AWS, which asks AWS_ENDPOINT_URL instead. What it printed."""
    return operate("deploy.sh", **deployment(**others))


def deployment(**others: str) -> dict[str, str]:
    parameters = {
        "PaymentsMode": "sandbox",
        "PublicOrigins": SHOP,
        "SecretTtlSeconds": "1",
        "SellerName": "Chai & Chapter",
        "SellerAddress": "7 Church Road; Coonoor 643101; Tamil Nadu, India",
        "SellerEmail": "hello@chai-and-chapter.example",
    }
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in (parameters | others).items())
    with open(f"{ROOT}/target/lambda/architecture", encoding="utf-8") as built:
        return {"PARAMETERS": given, "ARCH": built.read().strip(), "BUILD": "no", "DIRTY": "yes"}


def operate(script: str, *arguments: str, **environment: str) -> str:
    return run(*operation(script, *arguments), **environment)


def refused(script: str, *arguments: str, **environment: str) -> str:
    """What it said; nothing where it did what was asked."""
    done = ended(*operation(script, *arguments), **environment)
    return done.stderr if done.returncode else ""


def operation(script: str, *arguments: str) -> tuple:
    # Of the two names of the region the one that docs/deploy.md names has to do.
    return ("env", "-u", "AWS_DEFAULT_REGION", f"{ROOT}/infra/deploy/{script}", *arguments)


def urls() -> dict[str, str]:
    """Each function's URL, at the address where the emulator listens."""
    lambdas = boto3.client("lambda")
    found = {}
    for function in ("stripe-webhook", "razorpay-webhook", "checkout", "receipt"):
        url = lambdas.get_function_url_config(FunctionName=f"{FUNCTION}{function}", Qualifier="live")["FunctionUrl"]
        found[function] = f"{CLOUD}/_aws/lambda-url/{url.split('://')[1].split('.')[0]}"
    return found


def call(url: str, body: dict | None = None, **headers: str) -> tuple[int, dict]:
    """The status and the JSON of a request: a POST where there is a body."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"} | told)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer)


def expect(what: str, holds: bool, seen: object = "") -> None:
    if not holds:
        sys.exit(f"not so: {what}: {seen}\nThe functions said last:\n{said()}")
    say(what)


def said() -> str:
    """The end of the log group that all functions write to."""
    logs = boto3.client("logs")
    groups = [one["logGroupName"] for one in logs.describe_log_groups(logGroupNamePrefix=f"/payonce/{APP}-{STAGE}")["logGroups"]]
    lines = [one["message"] for group in groups for one in logs.filter_log_events(logGroupName=group)["events"]]
    return "\n".join(lines[-20:])


def value(name: str, stage: str = "AWSCURRENT") -> str:
    return secrets.get_secret_value(SecretId=f"{APP}/{STAGE}/{name}", VersionStage=stage)["SecretString"]


def within(seconds: float, holds) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.2)
    return True


def psql(*arguments: str) -> str:
    return run(f"{ROOT}/infra/local/postgres.sh", "psql", os.environ["POSTGRES_PORT"], "-At", *arguments).strip()


def open_order(at: dict, provider: str) -> dict:
    with open(f"{ROOT}/events/checkout/order.json", encoding="utf-8") as sample:
        asked = json.loads(json.load(sample)["body"]) | {"provider": provider}
    if provider == "stripe":
        asked["success_url"] = f"{SHOP}/thanks"
    status, opened = call(f"{at['checkout']}/v1/checkout", asked, idempotency_key=f"e2e-{provider}-{time.time_ns()}")
    expect(f"checkout opens an order at {provider}", status == 201, opened)
    return opened


def pay(at: dict, provider: str, order: str, **secret: str) -> tuple[int, dict]:
    """Delivers an event that pays it."""
    return deliver(at, provider, paid(order), **secret)


def paid(order: str) -> str:
    return run(PAYONCE, "event", "pay", "--order", order, "--print")


def deliver(at: dict, provider: str, body: str, **secret: str) -> tuple[int, dict]:
    """Signed with the secret that is current, or with a given one."""
    name = f"{provider.upper()}_WEBHOOK_SECRET"
    given = {name: secret.get("secret") or value(name)}
    url = f"{at[f'{provider}-webhook']}/v1/payments/webhooks/{provider}"
    done = subprocess.run(
        [PAYONCE, "event", "send", "--provider", provider, "--url", url, "-"],
        input=body, capture_output=True, text=True, env=os.environ | given, timeout=60,
    )
    status, _, answer = done.stdout.partition("\n")
    return int(status.split()[0] if status else 0), json.loads(answer or "{}")


def receipt(at: dict, opened: dict) -> tuple[int, dict]:
    url = f"{at['receipt']}/v1/receipts/{opened['order']}?token={opened['token']}"
    return call(url, accept="application/json")


def the_first_deployment() -> dict:
    told = deploy()
    expect("make deploy: the stack is there, its secrets without a value", "DATABASE_DIRECT_URL" in told, told)
    for name in GIVEN:
        secrets.put_secret_value(SecretId=f"{APP}/{STAGE}/{name}", SecretString=os.environ[name])
    deploy()
    tables = psql("-c", "select count(*) from pg_tables where schemaname = 'payonce'")
    expect("make deploy again: migrate has made the schema", int(tables) > 10, tables)
    at = urls()
    for function, url in at.items():
        status, answer = call(f"{url}/v1/health")
        expect(f"{function} is healthy", status == 200, answer)
    return at


def sales(at: dict) -> list[dict]:
    # Only on a database that is marked so does the command invent a payment.
    psql("-c", "update payonce.identity set local = true")
    run(PAYONCE, "seed", "--demo")
    sold = []
    for provider in ("stripe", "razorpay"):
        opened = open_order(at, provider)
        event = paid(opened["order"])
        status, answer = deliver(at, provider, event)
        expect(f"{provider} tells of the payment", (status, answer.get("outcome")) == (200, "order_paid"), (status, answer))
        status, shown = receipt(at, opened)
        expect(f"the buyer has receipt {shown.get('number')}", status == 200 and shown["status"] == "paid", shown)
        status, answer = deliver(at, provider, event)
        expect("told again, it moves nothing", (status, answer.get("status")) == (200, "duplicate"), (status, answer))
        sold.append(opened)
    return sold


def a_generated_secret_rotates(at: dict, sold: list[dict]) -> None:
    before = value("CHECKOUT_TOKEN_SECRET")
    secrets.rotate_secret(SecretId=f"{APP}/{STAGE}/CHECKOUT_TOKEN_SECRET")
    rotated = within(30, lambda: value("CHECKOUT_TOKEN_SECRET") != before)
    expect("rotate-secret has given CHECKOUT_TOKEN_SECRET a new value", rotated)
    expect("the old one is the previous one", value("CHECKOUT_TOKEN_SECRET", "AWSPREVIOUS") == before)
    time.sleep(2)
    status, shown = receipt(at, sold[0])
    expect("a link from before still opens", status == 200, shown)
    opened = open_order(at, "stripe")
    forged = opened | {"token": opened["token"][:-2] + ("AA" if opened["token"][-2:] != "AA" else "BB")}
    expect("a link that nobody signed does not", receipt(at, forged)[0] == 404)
    pay(at, "stripe", opened["order"])
    status, shown = receipt(at, opened)
    expect("a link from after opens", status == 200, shown)


def a_webhook_secret_rotates(at: dict) -> None:
    before = value("STRIPE_WEBHOOK_SECRET")
    secrets.put_secret_value(SecretId=f"{APP}/{STAGE}/STRIPE_WEBHOOK_SECRET", SecretString="whsec_the_next_one")
    # Its verifiers look at most every three seconds, so nobody signs with it before: neither does rotate-secret.
    time.sleep(3.5)
    for which, secret in (("new", "whsec_the_next_one"), ("previous", before)):
        opened = open_order(at, "stripe")
        status, answer = pay(at, "stripe", opened["order"], secret=secret)
        expect(f"an event signed with the {which} secret pays", answer.get("outcome") == "order_paid", (status, answer))
    opened = open_order(at, "stripe")
    status, answer = pay(at, "stripe", opened["order"], secret="whsec_of_somebody_else")
    expect("one signed with another does not", status == 400, (status, answer))


def a_shell_has_its_settings(sold: list[dict]) -> None:
    order = sold[0]["order"]
    told = run("bash", "-euc", f'eval "$({" ".join(operation("settings.sh"))})"; payonce receipt link {order}; env')
    expect("payonce finds the stack by make settings", f"/v1/receipts/{order}?token=" in told.split("\n", 1)[0], told)
    settings = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    expect("its URLs end without a slash", not settings["CheckoutEndpoint"].endswith("/"), settings["CheckoutEndpoint"])
    expect("its secrets are ids alone", "CHECKOUT_TOKEN_SECRET" not in settings and "CHECKOUT_TOKEN_SECRET_SECRET_ID" in settings)


def it_is_frozen(at: dict) -> None:
    health = f"{at['stripe-webhook']}/v1/health"
    operate("freeze.sh", "freeze")
    expect("frozen, it takes no call", call(health)[0] == 429)
    told = refused("deploy.sh", **deployment())
    expect("and no deployment", "is frozen" in told, told)
    operate("freeze.sh", "unfreeze")
    expect("unfrozen, it does", call(health)[0] == 200)


def live() -> str:
    return boto3.client("lambda").get_alias(FunctionName=f"{FUNCTION}checkout", Name="live")["FunctionVersion"]


def parameter(name: str) -> str:
    (stack,) = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    return {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}[name]


def it_is_rolled_back(at: dict) -> None:
    served = live()
    # As a release that the canary took back leaves it.
    lambdas = boto3.client("lambda")
    lambdas.update_function_configuration(FunctionName=f"{FUNCTION}checkout", Description="rejected")
    rejected = lambdas.publish_version(FunctionName=f"{FUNCTION}checkout")["Version"]
    deploy(IHaveABackup="true", Canary="false")
    bad = live()
    expect("a release is another version", int(bad) > int(rejected) > int(served), (served, rejected, bad))
    operate("rollback.sh")
    expect(f"rolled back from version {bad} to {served}, which served before", live() == served, live())
    told = refused("rollback.sh")
    expect("and no further than what is on record", "no release is on record" in told and live() == served, told)
    told = deploy()
    expect("the next release goes past the one that was taken back", "After a rollback" in told, told)
    expect("what was given once is forgotten", parameter("IHaveABackup") == "false", parameter("IHaveABackup"))
    operate("rollback.sh")
    expect("and the way back leads past it, too", live() == served, live())
    open_order(at, "razorpay")


def it_is_made_again() -> None:
    boto3.client("cloudformation").delete_stack(StackName=STACK)
    boto3.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig={"Delay": 1})
    told = refused("deploy.sh", **deployment())
    expect("deleted and made again, it says what is in its way", f"--secret-id {APP}/{STAGE}/DATABASE_URL" in told, told)
    for command in (line.strip() for line in told.splitlines() if line.strip().startswith("aws ")):
        if "secretsmanager" in command:
            secrets.delete_secret(SecretId=command.split()[-1], ForceDeleteWithoutRecovery=True)
        else:
            boto3.client("logs").delete_log_group(logGroupName=command.split()[-1])
    deploy()
    expect("and once that is gone, it is there again", parameter("Release") == "")


STARTED = time.monotonic()
at = the_first_deployment()
sold = sales(at)
a_generated_secret_rotates(at, sold)
a_webhook_secret_rotates(at)
a_shell_has_its_settings(sold)
it_is_frozen(at)
it_is_rolled_back(at)
run(PAYONCE, "invariants")
say("the books add up")
it_is_made_again()
