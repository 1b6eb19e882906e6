"""The job queue: rq on Redis. It wakes workers; rows in the database are the record.

Losing Redis therefore loses nothing but time: every job takes ids, claims its row
by a conditional update, and a sweep finds rows that nobody was woken for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.utils import import_attribute

log = logging.getLogger(__name__)

#: in the order in which a worker looks at them
QUEUES = ("billing", "default", "media")


def connect(url: str) -> Redis:
    """A connection to the Redis (or Valkey) at ``url``, with short timeouts."""
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5, health_check_interval=30)


def _redis() -> Redis:
    connection = current_app.extensions.get("classprojects.redis")
    if connection is None:
        connection = connect(current_app.config["SETTINGS"].redis_url)
        current_app.extensions["classprojects.redis"] = connection
    return connection


def enqueue(
    job: Callable[..., Any] | str,
    *arguments: int | str,
    queue: str = "default",
    timeout: int = 300,
    at_front: bool = False,
) -> bool:
    """Ask a worker to call ``job(*arguments)`` soon, or next (``at_front``); whether Redis took it.

    ``job``: the function, or its dotted name where an action must not import the
    jobs that stand above it. ``timeout``: seconds until the job is stopped. A Redis
    that is away is logged and swallowed: the sweep will find the row.
    """
    if isinstance(job, str):
        job = import_attribute(job)
    record = current_app.config.get("RECORDED_JOBS")
    if record is not None:
        record.append((job, arguments))
        return True
    try:
        Queue(queue, connection=_redis()).enqueue_call(
            job, args=arguments, timeout=timeout, result_ttl=60, failure_ttl=3600, at_front=at_front
        )
    except RedisError as error:
        log.warning("queue unavailable", extra={"job": job.__qualname__, "error": type(error).__name__})
        return False
    return True


def is_reachable() -> bool:
    """Whether Redis answers: for ``/readyz``."""
    try:
        return bool(_redis().ping())
    except RedisError:
        return False
