"""How gunicorn serves wsgi:app, here and in production. Read from the folder it is started in."""

import gc
import os

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
# More threads were measured slower: pages hold the interpreter, not the network.
threads = int(os.environ.get("WEB_THREADS", "2"))
timeout = 60
graceful_timeout = 10
# A connection that is kept stays with one worker while the other idles: measured, half the rate. A proxy in
# front keeps its own connections to people.
keepalive = 0
control_socket_disable = True  # it would open a socket in the home folder

# The application is loaded once and forked: it starts sooner and takes less memory.
preload_app = True


def when_ready(server):
    """What is loaded now stays for good: the collector need not look at it again in every worker."""
    gc.collect()
    gc.freeze()


def post_fork(server, worker):
    """Gives each worker database connections of its own, whatever was opened before the fork."""
    from classprojects.core.database import db
    from wsgi import app

    # A page makes thousands of small objects and lets go of them all: collecting every 700 of them
    # took a quarter of its time.
    gc.set_threshold(50_000, 20, 20)
    with app.app_context():
        db.engine.dispose(close=False)
