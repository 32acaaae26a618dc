"""The least a Flask app can do with a webhook: look at its signature and answer."""

import hmac
import os
from base64 import b64encode
from hashlib import sha256

from flask import Flask, Response, request

app = Flask(__name__)
KEY = os.environ["XERO_WEBHOOK_KEY"].encode()


@app.post("/api/webhooks/xero")
def receive() -> Response:
    made = b64encode(hmac.new(KEY, request.get_data(cache=False), sha256).digest()).decode()
    given = request.headers.get("x-xero-signature", "")
    return Response(status=200 if hmac.compare_digest(made.encode(), given.encode()) else 401)
