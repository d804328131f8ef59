"""The commands of `kutip`; `qa.cli` puts them together."""
