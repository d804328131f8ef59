#!/bin/sh
# Make a browser ready for the page's test: Debian's chromium, where there is none and it can be had.
set -eu
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" > /dev/null 2>&1; then exit 0; fi
done
as_root=""
if [ "$(id -u)" != 0 ]; then
    if ! sudo -n true 2> /dev/null; then
        echo "no browser: the page's tests are skipped; install chromium to run them" >&2
        exit 0
    fi
    as_root="sudo -n"
fi
if command -v apt-get > /dev/null 2>&1; then
    echo "installing Debian's chromium for the page's tests" >&2
    { $as_root apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
        $as_root apt-get install -y -qq --no-install-recommends chromium > /dev/null; } ||
        echo "chromium could not be installed: the page's tests are skipped" >&2
else
    echo "no browser: the page's tests are skipped; install chromium to run them" >&2
fi
