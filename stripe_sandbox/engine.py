"""Lives through time: does what falls due, one thing after the other, each at its own moment."""

import logging
import threading

from . import checkout, renewals

log = logging.getLogger(__name__)

# What the agenda can hold, the kind of object it is about, and who does it.
DUTIES = {
    "trial_will_end": ("subscription", renewals.announce_trial_end),
    "announce_renewal": ("subscription", renewals.announce_renewal),
    "end_period": ("subscription", renewals.end_period),
    "cancel_at": ("subscription", renewals.cancel_at),
    "give_up": ("subscription", renewals.give_up),
    "finalize_invoice": ("invoice", renewals.finalize_invoice),
    "retry": ("invoice", renewals.retry),
    "expire_session": ("checkout.session", checkout.expire),
}
STEPS_AT_ONCE = 20_000


def run_until(box, until, test_clock=None):
    """Do everything due by `until` (seconds since 1970) in the sandbox's time or a test clock's."""
    with box.store.transaction():
        for _ in range(STEPS_AT_ONCE):
            row = box.store.next_plan(test_clock, until)
            if row is None:
                return
            box.store.run("DELETE FROM agenda WHERE seq = ?", row["seq"])
            kind, duty = DUTIES[row["what"]]
            body = box.store.find(kind, row["object"])
            if body is not None:
                with box.clock.at(row["at"]):
                    duty(box, body)


def advance(box, seconds):
    """Move the sandbox's time on and live through what falls into it; answers the new time."""
    with box.store.transaction():
        run_until(box, box.clock.now() + seconds)
        box.clock.advance(seconds)
        # Told before anything that happened is delivered, so that nobody hears of what is still to come.
        box.clock.tell()
        return box.clock.now()


def advance_test_clock(box, clock, frozen_time):
    """Move one test clock on and live through what falls into it."""
    with box.store.transaction():
        box.change(clock, status="advancing", status_details={"advancing": {"target_frozen_time": frozen_time}})
        box.emit("test_helpers.test_clock.advancing", clock)
        run_until(box, frozen_time, clock["id"])
        box.change(clock, frozen_time=frozen_time, status="ready", status_details={"advancing": None})
        box.emit("test_helpers.test_clock.ready", clock)
    return clock


class Ticker(threading.Thread):
    """Lets things fall due in the sandbox's own time while nobody advances it."""

    def __init__(self, box, every=1.0):
        super().__init__(name="sandbox-ticker", daemon=True)
        self.box, self.every, self.stopped = box, every, threading.Event()

    def run(self):
        while not self.stopped.wait(self.every):
            try:
                with self.box.store.lock:
                    now = self.box.clock.now()
                    if self.box.store.next_plan(None, now):
                        run_until(self.box, now)
            except Exception:
                log.exception("what fell due could not be done")

    def stop(self):
        self.stopped.set()
        self.join(5)
