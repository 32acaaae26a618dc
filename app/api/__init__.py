"""The JSON API under /api: what programs of a practice use.

Every endpoint is declared once, with `app.api.endpoint.endpoint`: what it takes, what it answers. Checking,
the OpenAPI document and the page at /api/docs are all made from that declaration.
"""
