"""The mock application in Python: the chain that a request took, as text. It passes no header
on: what reaches its upstream, an agent has brought there."""

import os
import signal

import flask
import requests

PATIENCE = 15


def env(name, otherwise=""):
    return os.environ.get(name) or otherwise


SELF = f"-> {env('app', 'app')}(version: {env('version', 'v1')}, ip: {env('POD_IP', env('OTEL_POD_IP'))})"
UPSTREAM = env("upstream_url")

app = flask.Flask(__name__)


@app.route("/", defaults={"path": ""})
@app.route("/<path:path>")
def answer(path):
    status, chain = 200, ""
    if UPSTREAM:
        try:
            got = requests.get(UPSTREAM, timeout=PATIENCE)
            status = got.status_code
            chain = got.text if got.ok else f" HTTP({status}) {got.text.strip()}"
        except requests.RequestException as err:
            status, chain = 502, f" ERR({err}) "
    return flask.Response(SELF + chain, status=status, mimetype="text/plain")


if __name__ == "__main__":
    # The first process of a container is spared by signals that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    app.run(host="0.0.0.0", port=int(env("PORT", "8000")), threaded=True)
