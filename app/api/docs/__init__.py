"""The API described: as OpenAPI for programs, as a page for people, both from the declarations."""
