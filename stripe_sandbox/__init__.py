"""A stand-in for Stripe that the unchanged official SDK talks to over HTTP.

It runs on a loopback address, keeps its objects in SQLite and speaks Stripe's
wire protocol for the part of the API that subscriptions need: form-encoded
requests, Stripe-shaped objects and errors, idempotency keys, `expand`, cursor
lists, test clocks and signed webhooks. No money moves, ever: only Stripe's
published test cards are accepted, and every page says so.

Start it with `python -m stripe_sandbox`. What it reads from the environment:

SANDBOX_PORT            port on 127.0.0.1 (5001)
SANDBOX_DIR             folder for its database (var/sandbox)
SANDBOX_CLOCK_FILE      where the clock's offset in seconds is written ($SANDBOX_DIR/clock)
SANDBOX_WEBHOOK_URL     registered at start, when given, with ...
SANDBOX_WEBHOOK_SECRET  ... this signing secret (`whsec_...`)

Rooms: `sdk` reads the installed SDK's classes, `schema` checks requests and
responses against them, `wire` decodes forms, `store` keeps objects, `clock`
tells the time, `engine` lives through billing periods, `webhooks` delivers,
`api/` answers the SDK, `pages/` answers people. Nothing here knows the product.
"""
