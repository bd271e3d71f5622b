"""Delivers signed events to peers by a Runtime API of its own, and holds what became of them against what should have.

Run by check.sh, beside a Postgres of its own. Every event is delivered to two instances of the peer, in two orders, so that
twins meet; what takes effect must do so once.
"""
import contextlib, hashlib, hmac, json, os, pathlib, queue, random, shutil, socket, subprocess, sys, threading, time, uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PEERS = pathlib.Path(__file__).resolve().parent
ROOT = PEERS.parent.parent
SECRET = "whsec_peers_not_a_secret"
SERVER, POOL, PASSWORD = (os.environ[name] for name in ("PAYONCE_TEST_SERVER", "PAYONCE_TEST_POOL", "LOCAL_DATABASE_PASSWORD"))
PSQL = shutil.which("psql") or str(next((ROOT / ".local" / "postgres").rglob("psql"), "psql"))


def url(login, database, address=SERVER):
    return f"postgres://{login}:{PASSWORD}@{address}/{database}?sslmode=disable"


def psql(database, sql, variables=()):
    """The rows of the last statement, as lists of text."""
    command = [PSQL, "-qXAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", *variables, url("postgres", database)]
    done = subprocess.run(command, input=sql, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{database}: {done.stderr}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def event(key, kind, obj):
    created = int(time.time())
    body = {"id": key, "object": "event", "api_version": "2025-03-31.basil", "created": created, "livemode": False,
            "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None}, "type": kind, "data": {"object": obj}}
    return json.dumps(body)


def session(mark, order, payment, amount, currency):
    return {"id": order, "object": "checkout.session", "amount_subtotal": amount, "amount_total": amount,
            "client_reference_id": mark, "created": int(time.time()), "currency": currency.lower(), "customer": None,
            "livemode": False, "metadata": {"payonce_payment_id": mark}, "mode": "payment", "payment_intent": payment,
            "payment_status": "paid", "status": "complete", "subscription": None, "payment_method_types": ["card"],
            "expires_at": int(time.time()) + 1700, "success_url": "https://foxglove.example/thanks"}


def intent(mark, order, payment, amount, currency):
    return {"id": payment, "object": "payment_intent", "amount": amount, "amount_received": amount, "amount_capturable": 0,
            "capture_method": "automatic", "confirmation_method": "automatic", "created": int(time.time()), "currency": currency.lower(),
            "customer": None, "latest_charge": None, "livemode": False, "metadata": {"payonce_payment_id": mark},
            "payment_method": None, "payment_method_types": ["card"], "status": "succeeded"}


def product(name):
    return {"id": f"prod_{name}", "object": "product", "active": True, "attributes": [], "created": int(time.time()),
            "description": None, "images": [], "livemode": False, "metadata": {}, "name": name, "type": "service",
            "updated": int(time.time()), "url": None}


def request(body, secret=SECRET):
    now = str(int(time.time()))
    tag = hmac.new(secret.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "stripe-signature": f"t={now},v1={tag}", "host": "peer.example"}
    return {"version": "2.0", "rawPath": "/v1/payments/webhooks/stripe", "rawQueryString": "", "headers": headers,
            "requestContext": {"http": {"method": "POST", "path": "/v1/payments/webhooks/stripe", "sourceIp": "127.0.0.1"}},
            "body": body, "isBase64Encoded": False}


class Instance:
    """One process of a peer and the Runtime API that it asks."""

    def __init__(self, peer, settings):
        self.work, self.answers = queue.Queue(), queue.Queue()
        instance = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

            def reply(self, status, body=b"", **headers):
                lines = [f"HTTP/1.1 {status} OK", f"content-length: {len(body)}", *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items())]
                self.wfile.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

            def do_GET(self):
                payload = instance.work.get()
                if payload is None:
                    return
                deadline = int(time.time() * 1000) + 15000
                self.reply(200, json.dumps(payload).encode(), lambda_runtime_aws_request_id=uuid.uuid4(),
                           lambda_runtime_deadline_ms=deadline, content_type="application/json")

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                self.reply(202)
                instance.answers.put((self.path.rsplit("/", 1)[-1], json.loads(body)))

            def log_message(self, *_):
                pass

        self.api = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.api.daemon_threads = True
        threading.Thread(target=self.api.serve_forever, daemon=True).start()
        self.log = open(PEERS.parent.parent / ".local" / f"bench-{peer}.log", "w")
        # Nothing of ours: as bare as the driver starts it.
        environment = {"AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self.api.server_port}", "STRIPE_WEBHOOK_SECRET": SECRET, **settings}
        self.process = subprocess.Popen([PEERS / peer / "run"], env=environment, stdout=self.log, stderr=self.log)

    def deliver(self, invocation):
        self.work.put(invocation)
        kind, answer = self.answers.get(timeout=180)
        if kind != "response":
            return {"status": 500, "body": answer}
        return {"status": answer["statusCode"], "body": answer["body"]}

    def cpu(self):
        """Seconds that the process has used."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.api.shutdown()


def prepare(peer, about, through):
    """A database of its own."""
    database = "_".join(["peer", *peer.split("-"), through])
    if about["schema"] == "payonce":
        psql("postgres", f"create database {database} owner payonce_migration_login")
        settings = {"DATABASE_DIRECT_URL": url("payonce_migration_login", database), "DATABASE_URL": url("payonce_request_login", database)}
        subprocess.run([os.environ["PAYONCE"], "migrate", "--local"], env={**os.environ, **settings}, check=True, stdout=subprocess.DEVNULL)
        psql(database, (PEERS / "payonce_seed.sql").read_text())
    else:
        psql("postgres", f"create database {database}")
        for name in about.get("sql", []):
            psql(database, (PEERS / peer / name).read_text())
        if (PEERS / peer / "prepare").exists():
            environment = {"DATABASE_URL": url("postgres", database), "STRIPE_WEBHOOK_SECRET": SECRET}
            subprocess.run([PEERS / peer / "prepare"], env=environment, check=True)
    return database


def tell(orders):
    """The events of these orders, each with what it may come to."""
    events, fresh = [], ("order_paid", "already_captured")
    for n, order in enumerate(orders):
        mark, provider_order, payment, amount, currency = order
        terms = (mark, provider_order, payment, int(amount), currency)
        events.append((event(f"evt_session_{n}", "checkout.session.completed", session(*terms)), fresh))
        if n % 5 == 0:
            events.append((event(f"evt_intent_{n}", "payment_intent.succeeded", intent(*terms)), fresh))
            events.append((event(f"evt_product_{n}", "product.created", product(f"tea{n}")), ("unhandled_type",)))
    return events


def mirrored(orders):
    """Events for a mirror: of what it takes from the event itself."""
    events, customer = [], json.loads((ROOT / "events" / "stripe" / "customer.created.json").read_text())["data"]["object"]
    for n in range(orders):
        terms = (str(uuid.uuid4()), None, f"pi_mirror_{n}", 10000 + n, "INR")
        events.append((event(f"evt_intent_{n}", "payment_intent.succeeded", intent(*terms)), ()))
        events.append((event(f"evt_product_{n}", "product.created", product(f"tea{n}")), ()))
        events.append((event(f"evt_customer_{n}", "customer.created", {**customer, "id": f"cus_mirror_{n}"}), ()))
    return events


def fail_unless(met, what):
    if not met:
        sys.exit(f"FAILED: {what}")


def deliver_all(peer, events, settings):
    """Every event to two instances in two orders at once; the answers, events a second and milliseconds of CPU an event."""
    heard, instances = [], [Instance(peer, settings), Instance(peer, settings)]

    def one(instance, told):
        for body, may in told:
            heard.append((may, instance.deliver(request(body))))

    try:
        for instance in instances:
            forged = instance.deliver(request(events[0][0], "whsec_of_somebody_else"))
            fail_unless(forged["status"] == 400, f"{peer}: a forged event is answered {forged}")
        since, used = time.monotonic(), sum(instance.cpu() for instance in instances)
        threads = [threading.Thread(target=one, args=(instance, random.Random(seed).sample(events, len(events))))
                   for seed, instance in enumerate(instances)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took, used = time.monotonic() - since, sum(instance.cpu() for instance in instances) - used
    finally:
        for instance in instances:
            instance.stop()
    fail_unless(len(heard) == 2 * len(events), f"{peer}: {len(heard)} answers to {2 * len(events)} deliveries")
    return heard, f"about {2 * len(events) / took:.0f} events a second and {used * 1000 / len(heard):.2f} ms of its CPU each"


def check_effects(peer, about, heard, events):
    for may, answer in heard:
        fail_unless(answer["status"] == 200, f"{peer}: {answer}")
        if about["schema"] == "payonce":
            fail_unless(json.loads(answer["body"])["outcome"] in may, f"{peer}: {answer} is none of {may}")
    if about["schema"] == "payonce":
        again = sum(json.loads(answer["body"])["status"] == "duplicate" for _, answer in heard)
        fail_unless(again == len(events), f"{peer}: {again} duplicates of {len(events)} events")


def invariants(database, path, schema=None):
    """The rows that break them."""
    broken = []
    for block in path.read_text().split("-- name: ")[1:]:
        title, sql = block.split("\n", 1)
        rows = psql(database, (f"set search_path = {schema};" if schema else "") + sql)
        broken += [f"{title}: {row[0]}" for row in rows]
    return broken


def check_books(peer, about, database, orders, events):
    if about["schema"] == "payonce":
        broken = invariants(database, ROOT / "shared" / "operator" / "invariants.sql")
        stored = psql(database, """select count(*), count(*) filter (where deliveries = 2), count(*) filter (where outcome = 'order_paid'),
            (select count(*) from payonce.orders where payment_status = 'paid' and hold = 'used'),
            (select count(*) from payonce.captures where verdict = 'settled'),
            (select count(*) from payonce.email_logs), (select count(*) from payonce.billing_audit_log)
            from payonce.webhook_events""")[0]
        want = [len(events), len(events), *[orders] * 5]
    elif (PEERS / peer / "books.sql").exists():
        broken, want = [], ["0"]
        stored = psql(database, (PEERS / peer / "books.sql").read_text(), variables=("-v", f"orders={orders}", "-v", f"events={len(events)}"))
        stored = [str(len(stored)), *map(str, stored)] if stored else ["0"]
    fail_unless(not broken, f"{peer}: {broken[:5]}")
    fail_unless(list(map(str, want)) == stored, f"{peer}: {stored} in the books, not {want}")


def run_reference(database, orders):
    """By pgbench, as the driver does; the same order twice over, by its own event and by another's."""
    clients = 4
    each = orders // clients
    body = event("evt_bench", "checkout.session.completed", session(str(uuid.uuid4()), "cs_bench", "pi_bench", 1, "INR"))
    psql(database, f"select count(*) from bench.seed(0, {clients * each})")
    command = [shutil.which("pgbench") or PSQL.replace("psql", "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-t", str(each),
               "-f", PEERS / "reference" / "paid_order.pgbench", "-D", "first=0", "-D", f"each={each}", "-D", "i=-1",
               "-D", f"body={body}", "-D", f"sha256={hashlib.sha256(body.encode()).hexdigest()}", url("postgres", database)]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True)
        fail_unless(done.returncode == 0, f"reference: {done.stderr}")
    return clients * each


@contextlib.contextmanager
def beside(peer, about):
    """What a peer asks while it works, and the settings by which it finds that."""
    if "beside" not in about:
        yield {}
        return
    with socket.socket() as drawn:
        drawn.bind(("127.0.0.1", 0))
        port = str(drawn.getsockname()[1])
    process = subprocess.Popen([PEERS / peer / about["beside"]], env={"STRIPE_API_PORT": port})
    try:
        yield {"STRIPE_API_PORT": port}
    finally:
        process.terminate()
        process.wait(10)


def check(peer, orders, address=SERVER):
    about = json.loads((PEERS / peer / "peer.json").read_text())
    through = "direct" if address == SERVER else "pooled"
    database = prepare(peer, about, through)
    if peer == "reference":
        orders = run_reference(database, orders)
        check_books(peer, about, database, orders, [None] * orders)
        return print(f"{peer}: {orders} orders paid once, by pgbench")
    events = mirrored(orders) if about["effect"] == "mirror" else tell(psql(database, f"select * from bench.seed(1, {orders})"))
    login = "payonce_request_login" if about["schema"] == "payonce" else "postgres"
    with beside(peer, about) as port:
        heard, cost = deliver_all(peer, events, {"DATABASE_URL": url(login, database, address), **port})
    check_effects(peer, about, heard, events)
    check_books(peer, about, database, orders, events)
    what = "each object mirrored once" if about["effect"] == "mirror" else f"{orders} orders paid once"
    print(f"{peer}: {len(events)} events delivered twice, {what}; two instances, {through}: {cost}")
    if address == SERVER and about["schema"] == "payonce":
        check(peer, orders, POOL)


if __name__ == "__main__":
    for name in sys.argv[2:]:
        check(name, int(sys.argv[1]))
