"""As much of Stripe's API as dj-stripe asks when it takes a webhook: GET one session, payment intent, product or customer, and the
features of a product.

What it answers follows from the number in the id, as bench.seed has it; it knows nothing else, and answers at once.
"""
import asyncio, json, os, re

ID = re.compile(rb"^GET /v1/(checkout/sessions|payment_intents|products|customers|account)/?([a-z_]*?)(\w*?)(\d*)(?:\?\S*)? HTTP")


def total(k):
    """What order k costs."""
    one, two = k * 7 % 100, (k * 7 + 1 + k % 98) % 100
    subtotal = 30000 + one * 100 + two * 200
    return subtotal - subtotal // 10 if k % 4 == 0 else subtotal


def session(k, of):
    mark = f"00000000-0000-7000-8000-{k:012x}"
    return {"id": of, "object": "checkout.session", "amount_subtotal": total(k), "amount_total": total(k), "client_reference_id": mark,
            "created": 1760000000, "currency": "inr", "customer": None, "livemode": False, "metadata": {"payonce_payment_id": mark},
            "mode": "payment", "payment_intent": f"pi_bench_{k}", "payment_method_types": ["card"], "payment_status": "paid",
            "setup_intent": None, "status": "complete", "subscription": None, "success_url": "https://foxglove.example/thanks"}


def intent(k, of):
    mark = f"00000000-0000-7000-8000-{k:012x}"
    return {"id": of, "object": "payment_intent", "amount": total(k), "amount_received": total(k), "amount_capturable": 0,
            "capture_method": "automatic", "confirmation_method": "automatic", "created": 1760000000, "currency": "inr", "customer": None,
            "livemode": False, "metadata": {"payonce_payment_id": mark}, "on_behalf_of": None, "payment_method": None,
            "payment_method_types": ["card"], "status": "succeeded"}


def product(k, of):
    return {"id": of, "object": "product", "active": True, "created": 1760000000, "description": None, "images": [], "livemode": False,
            "metadata": {}, "name": of, "type": "service", "updated": 1760000000, "url": None, "default_price": None}


def customer(k, of):
    return {"id": of, "object": "customer", "created": 1760000000, "email": None, "livemode": False, "metadata": {}, "name": of,
            "balance": 0, "currency": None, "default_source": None, "delinquent": False, "description": None, "discount": None,
            "invoice_settings": {"default_payment_method": None}, "address": None, "shipping": None, "phone": None}


def account(k, of):
    return {"id": "acct_bench", "object": "account", "created": 1760000000, "livemode": False, "metadata": {}, "settings": {}}


KINDS = {b"checkout/sessions": session, b"payment_intents": intent, b"products": product, b"customers": customer, b"account": account}


class Api(asyncio.Protocol):
    """One connection; its requests have no bodies."""

    def connection_made(self, transport):
        self.transport, self.heard = transport, b""

    def data_received(self, data):
        self.heard += data
        while b"\r\n\r\n" in self.heard:
            request, self.heard = self.heard.split(b"\r\n\r\n", 1)
            self.transport.write(reply(request))


def reply(request):
    asked = ID.match(request)
    if request.startswith(b"GET /v1/products/") and b"/features" in request:
        status, body = "200 OK", {"object": "list", "data": [], "has_more": False, "url": "/v1/products"}
    elif asked is None:
        status, body = "404 Not Found", {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "no such thing"}}
    else:
        of = b"".join(asked.group(2, 3, 4)).decode()
        status, body = "200 OK", KINDS[asked.group(1)](int(asked.group(4) or 0), of)
    text = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\nrequest-id: req_bench\r\ncontent-length: {len(text)}\r\n\r\n"
    return head.encode() + text


async def main():
    server = await asyncio.get_running_loop().create_server(Api, "127.0.0.1", int(os.environ["STRIPE_API_PORT"]))
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
