"""`python -m stripe_sandbox`: serve the sandbox until told to stop."""

import logging
import os
import signal
import sys
import threading
from pathlib import Path


def main():
    from .app import Server
    from .errors import StripeError

    logging.basicConfig(level=logging.WARNING, format="sandbox: %(message)s")
    folder = Path(os.environ.get("SANDBOX_DIR", "var/sandbox"))
    try:
        port = int(os.environ.get("SANDBOX_PORT", "5001"))
        server = Server(folder, port, clock_file=os.environ.get("SANDBOX_CLOCK_FILE"))
    except ValueError:
        sys.exit("sandbox: SANDBOX_PORT must be a number.")
    except PermissionError as error:
        sys.exit(f"sandbox: the folder {error.filename} cannot be written to.")
    except (OSError, OverflowError) as error:
        sys.exit(f"sandbox: port {port} cannot be used ({error}); set SANDBOX_PORT.")
    url, secret = os.environ.get("SANDBOX_WEBHOOK_URL"), os.environ.get("SANDBOX_WEBHOOK_SECRET")
    if bool(url) != bool(secret):
        sys.exit("sandbox: give SANDBOX_WEBHOOK_URL and SANDBOX_WEBHOOK_SECRET together.")
    if url:
        try:
            server.listen_for(url, secret)
        except StripeError as error:
            sys.exit(f"sandbox: SANDBOX_WEBHOOK_URL: {error.message}")
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    server.start()
    print(f"sandbox: {server.url} (no money moves here)", flush=True)
    stop.wait()
    server.stop()


if __name__ == "__main__":
    main()
