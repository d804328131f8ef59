"""The REST interface's parts; `qa.server` puts them together."""
