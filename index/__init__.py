"""The lower layer: articles, sentences, vectors, the stored library. Knows nothing of answers."""

import os

# Read by the libraries of Hugging Face when they are imported, so set before. Without the first, each download tells
# the versions of what is installed, and which program it runs in; without the second, the name of a model without
# safetensors goes to a service that converts it, and that is loaded before the model's owner has looked at it.
for _switch in ("HF_HUB_DISABLE_TELEMETRY", "DISABLE_SAFETENSORS_CONVERSION"):
    os.environ.setdefault(_switch, "1")
