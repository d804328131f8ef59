#!/bin/sh
# The Milvus server for `make test-milvus`, from PyPI, into an environment of its own: it is only a binary.
set -eu
folder=$1
"$folder/bin/python" -c "import milvus" 2>/dev/null && exit 0
"$PYTHON" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet "milvus>=2.3.5,<2.4"
