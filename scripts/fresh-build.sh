# shellcheck shell=sh
# Sourced by whoever chooses between the build and the sources of the checkout in $1.
# Says yes when there is a build and no source is newer.
fresh_build() {
  [ -f "$1/apps/cli/dist/.built" ] &&
    [ -z "$(find "$1"/packages/*/src "$1"/services/*/src "$1"/services/*/migrations "$1"/apps/*/src -newer "$1/apps/cli/dist/.built" -type f -print -quit 2>/dev/null)" ]
}
