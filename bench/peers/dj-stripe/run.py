"""Lambda's Runtime API, from the side of a Python function: the Django application is called by WSGI in this process."""
import base64, http.client, io, json, os, sys, traceback

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
PATH = "/2018-06-01/runtime/invocation"
WEBHOOK = "/stripe/webhook/11111111-1111-4111-8111-111111111111/"


def environ(event):
    """A function URL's event as WSGI has it."""
    body = event.get("body") or ""
    body = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    headers = event.get("headers", {})
    made = {
        "REQUEST_METHOD": event["requestContext"]["http"]["method"], "SCRIPT_NAME": "", "PATH_INFO": WEBHOOK,
        "QUERY_STRING": event.get("rawQueryString") or "", "SERVER_NAME": "lambda", "SERVER_PORT": "443", "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": event["requestContext"]["http"].get("sourceIp") or "127.0.0.1",
        "CONTENT_TYPE": headers.get("content-type", ""), "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0), "wsgi.url_scheme": "https", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
        "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }
    for name, value in headers.items():
        made["HTTP_" + name.upper().replace("-", "_")] = value
    return made


def answer(application, event):
    """What the application says, as Lambda takes it."""
    told = {}

    def start_response(status, headers, exc_info=None):
        told.update(statusCode=int(status.split(" ", 1)[0]), headers=dict(headers))

    result = application(environ(event), start_response)
    try:
        body = b"".join(result).decode()
    finally:
        if hasattr(result, "close"):
            result.close()
    return {**told, "body": body}


def main():
    from django.core.wsgi import get_wsgi_application

    application = get_wsgi_application()
    api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        api.request("GET", f"{PATH}/next")
        taken = api.getresponse()
        event, of = json.loads(taken.read()), taken.headers["lambda-runtime-aws-request-id"]
        try:
            path, said = f"{PATH}/{of}/response", answer(application, event)
        except Exception as error:
            traceback.print_exc()
            path, said = f"{PATH}/{of}/error", {"errorType": type(error).__name__, "errorMessage": str(error)}
        api.request("POST", path, json.dumps(said).encode(), {"content-type": "application/json"})
        api.getresponse().read()


if __name__ == "__main__":
    main()
