"""The least that Flask can answer: the yardstick of our pages."""

from flask import Flask, jsonify
from flask.typing import ResponseReturnValue

app = Flask(__name__)


@app.get("/")
def hello() -> ResponseReturnValue:
    return jsonify(hello="world")
