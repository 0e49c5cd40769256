# shellcheck shell=bash
# Sourced by backup.sh and restore.sh: connections without a password on any command line, where every user of the machine can
# read it.

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# Takes variable $1 from the file that $1_FILE names, where it is not set itself.
read_secret() {
  local file=$1_FILE
  if [ -z "${!1:-}" ] && [ -n "${!file:-}" ]; then
    printf -v "$1" %s "$(<"${!file}")"
  fi
}

# shellcheck disable=SC2034 # read by those that source this
# Sets POSTGRES_TARGET to address $1 without its password, which goes into the environment. One that stands elsewhere than
# before the hosts, or is not escaped there, would stay in the address: that is refused.
connect_postgres() {
  POSTGRES_TARGET=$1
  if [[ $1 =~ ^(postgres(ql)?://[^:/@?]*):([^@/?]*)@(.*)$ ]]; then
    POSTGRES_TARGET=${BASH_REMATCH[1]}@${BASH_REMATCH[4]}
    PGPASSWORD=$(url_decoded "${BASH_REMATCH[3]}")
    export PGPASSWORD
  fi
  if [[ ! $POSTGRES_TARGET =~ ^postgres(ql)?:// || $POSTGRES_TARGET =~ ://[^@]*:[^@]*@ || $POSTGRES_TARGET =~ @[^/?]*@ || $POSTGRES_TARGET =~ [?\&](ssl)?password= ]]; then
    fail "POSTGRES_URL is not postgresql://USER:PASSWORD@HOST/DATABASE with the password percent-encoded"
  fi
  export PGCONNECT_TIMEOUT=10 PGAPPNAME=${0##*/}
}

REDIS_LIMIT_SECONDS=600

# Runs redis-cli with the server of address $1 and the arguments after it.
redis_command() {
  local url=$1 options=()
  shift
  [[ $url =~ ^redis(s?)://(([^:@/]*)(:([^@/]*))?@)?([^:/@]+)(:([0-9]+))?(/[0-9]*)?$ ]] || fail "REDIS_URL is no redis://… address"
  local tls=${BASH_REMATCH[1]} user=${BASH_REMATCH[3]} password=${BASH_REMATCH[5]}
  options=(-h "${BASH_REMATCH[6]}" -p "${BASH_REMATCH[8]:-6379}")
  [ -z "$tls" ] || options+=(--tls)
  [ -z "$user" ] || options+=(--user "$user")
  (
    if [ -n "$password" ]; then
      REDISCLI_AUTH=$(url_decoded "$password")
      export REDISCLI_AUTH
    fi
    exec timeout "$REDIS_LIMIT_SECONDS" redis-cli "${options[@]}" "$@"
  )
}

url_decoded() {
  local text=${1//\\/\\\\}
  printf %b "${text//%/\\x}"
}

# Reads SQL of pg_restore, prints the number of rows of each table and its name: in COPY every line is a row.
count_rows() {
  awk '
    copying && $0 == "\\." { print rows, table; copying = 0; next }
    copying { rows++; next }
    /^COPY .* FROM stdin;$/ { table = $0; sub(/^COPY /, "", table); sub(/ \([^()]*\) FROM stdin;$/, "", table); rows = 0; copying = 1 }
  '
}
