"""The sandbox as a WSGI application, and as a server with its two threads."""

import logging
import socket
import threading
from urllib.parse import urlsplit

from flask import Flask, abort, request
from werkzeug.serving import WSGIRequestHandler, make_server

from . import api, pages
from .api.system import make_endpoint
from .engine import Ticker
from .sandbox import Sandbox
from .webhooks import AT_START, Courier, is_loopback, is_loopback_host

LARGEST_BODY = 2_000_000


def create_app(box):
    """The application over one sandbox."""
    app = Flask(__name__, static_folder=None, template_folder="pages/templates")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.extensions["sandbox"] = box
    app.before_request(_only_from_here)
    app.register_blueprint(api.blueprint)
    app.register_blueprint(pages.blueprint)
    pages.register(app)
    return app


def _only_from_here():
    """Refuse a browser that another site sent here, under our name or under its own."""
    if not is_loopback_host(urlsplit(f"//{request.host}").hostname):
        abort(421)
    origin = request.headers.get("Origin")
    foreign = origin and not is_loopback_host(urlsplit(origin).hostname)
    if request.method == "POST" and foreign:
        abort(403)


class Server:
    """Serves a sandbox on a loopback address; port 0 takes any that is free."""

    def __init__(self, folder, port=0, host="127.0.0.1", clock_file=None):
        self.box = Sandbox(folder, "", clock_file)
        self.app = create_app(self.box)
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        # Bound here, because the server library prints its own words and exits when a port is taken.
        with socket.create_server((host, port), backlog=128) as bound:
            self.http = make_server(host, port, self.app, threaded=True, request_handler=_Handler, fd=bound.fileno())
        self.url = self.box.base_url = f"http://{host}:{self.http.socket.getsockname()[1]}"
        self.courier, self.ticker = Courier(self.box), Ticker(self.box)
        self.thread = None

    def listen_for(self, url, secret):
        """Have every event delivered to `url`, in place of where it was delivered at an earlier start."""
        with self.box.store.transaction():
            for endpoint in self.box.store.list("webhook_endpoint", {"description": AT_START}):
                if is_loopback(url):
                    self.box.change(endpoint, url=url)
                    self.box.store.save_private(endpoint["id"], {"secret": secret})
                    return
            make_endpoint(self.box, url, ["*"], secret, description=AT_START)

    def start(self):
        """Serve in a thread of this process."""
        self.thread = threading.Thread(target=self.serve, name="sandbox-http", daemon=True)
        self.thread.start()
        return self

    def serve(self):
        self.courier.start()
        self.ticker.start()
        self.http.serve_forever(poll_interval=0.1)

    def stop(self):
        """Finish what is being answered and close; what is not delivered yet is delivered at the next start."""
        self.http.shutdown()
        self.close()

    def close(self):
        self.ticker.stop()
        self.courier.stop()
        if self.thread:
            self.thread.join(5)
        self.http.server_close()
        self.box.store.close()


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def log_request(self, code="-", size="-"):
        """Nothing: addresses of pages are secrets, and bodies are nobody's business."""
