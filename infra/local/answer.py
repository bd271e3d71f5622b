#!/usr/bin/env python3
"""What a function returned, on standard input, to read: of an HTTP answer its status and body, else the JSON.

Ends with 1 where the function failed. With arguments the status must be one of these; `-` is a result without one.
"""
import json
import sys

text = sys.stdin.read()
try:
    returned = json.loads(text)
except ValueError:
    sys.exit(f"payonce: no JSON was returned: {text!r}")
status, body = "-", returned
if isinstance(returned, dict):
    if "errorType" in returned:
        sys.exit(f"payonce: the function failed: {text}")
    if "statusCode" in returned:
        status, body = str(returned["statusCode"]), returned.get("body") or ""
        try:
            body = json.loads(body)
        except ValueError:
            pass
sys.stdout.reconfigure(encoding="utf-8")
if status != "-":
    print(status)
print(body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2))
if sys.argv[1:] and status not in sys.argv[1:]:
    sys.exit(f"payonce: {status} is not what this is answered with: {' or '.join(sys.argv[1:])}")
