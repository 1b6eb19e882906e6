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

It answers 87 of the SDK's operations; any other is Stripe's own 'Unrecognized
request URL', and a parameter that Stripe has and the sandbox has not is refused
in words rather than ignored.

Rooms: `sdk` reads the installed SDK's classes, `schema` checks requests and
responses against them (`checked` does so around the SDK's HTTP client, for
tests), `wire` decodes forms, `store` keeps objects, `clock` tells the time,
`engine` lives through it; `checkout`, `subscriptions`, `renewals`, `previews`,
`invoices`, `payments` and `cards` are what happens; `webhooks` delivers, `api/`
answers the SDK, `pages/` answers people. Nothing here knows the product.

For programs: `POST /_sandbox/advance` (`seconds`), `POST /_sandbox/faults`
(`duplicate`, `reorder`, `drop` and `fail_next` count, `delay` is in seconds),
`POST /_sandbox/reset`, `GET /_sandbox/now`, `GET /_sandbox/deliveries` (as JSON
when that is accepted).
"""
