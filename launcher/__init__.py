"""What `make run` and `make test` stand on: embedded servers, the supervisor of the Procfile, Chromium.

Nothing here is imported by the application, and nothing here imports it: a deployment runs the Procfile's
lines with servers of its own and never needs this package.
"""
