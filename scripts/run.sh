#!/bin/sh
# Runs a script of this checkout: on the build when it is as new as the sources, else on the sources.
. scripts/fresh-build.sh
if fresh_build .; then
  exec node --enable-source-maps --import tsx "$@"
fi
exec node --conditions=source --import tsx "$@"
