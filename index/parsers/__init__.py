"""Parsers, a module for each family of formats; `index.formats` puts them together."""
