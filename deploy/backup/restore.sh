#!/usr/bin/env bash
# Restores a backup that backup.sh made into an empty database, and counts what came.
#
#   POSTGRES_URL=… deploy/backup/restore.sh [--create] [--check] [--redis-to FILE] [BACKUP]
#
#   BACKUP           its folder; without one, the newest in BACKUP_DIR (/backups/orchestrator) that is whole
#   --create         makes the database first, where the server does not have it
#   --check          restores into a database beside it that is removed again: shows that the backup is good, changes nothing
#   --redis-to FILE  unpacks the backup of Redis too, for a Redis that is not running to start from; a mesh does not need it
#   POSTGRES_URL, or POSTGRES_URL_FILE, is the database that is restored to
#
# Stop every service before, and let none from before come back after: what they hold of later than the backup does not exist any
# more. A database that has tables is refused; put it aside with `alter database … rename to …`. Services may be started when this
# has exited with 0: they take up every run that had not ended.
set -euo pipefail
umask 077

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=deploy/backup/connections.sh
. "$here/connections.sh"

BACKUP_DIR=${BACKUP_DIR:-/backups/orchestrator}

main() {
  local create=no check=no redis_to='' backup='' began
  while [ $# -gt 0 ]; do
    case $1 in
      --create) create=yes ;;
      --check) check=yes ;;
      --redis-to)
        redis_to=${2:?a file}
        shift
        ;;
      -*) fail "there is no option $1" ;;
      *) backup=$1 ;;
    esac
    shift
  done
  read_secret POSTGRES_URL
  [ -n "${POSTGRES_URL:-}" ] || fail "POSTGRES_URL is not set"
  [ -n "$backup" ] || backup=$(newest_whole)
  is_whole "$backup" || fail "$backup is not whole: a file is missing, or is not what it was"
  began=$(date +%s)

  connect_postgres "$POSTGRES_URL"
  if [ "$check" = yes ]; then
    local scratch
    scratch=restore_check_$$_$began
    administer "create database $scratch"
    # shellcheck disable=SC2064 # the name of now
    trap "administer 'drop database if exists $scratch with (force)'" EXIT
    POSTGRES_TARGET=$(address_of "$scratch")
  elif [ "$create" = yes ]; then
    create_database
  fi
  [ "$(sql "$COUNT_TABLES")" = 0 ] || fail "the database has tables; only an empty one is restored to"

  pg_restore --dbname="$POSTGRES_TARGET" --single-transaction --exit-on-error --no-owner --no-privileges \
    "$backup/postgres.dump"
  compare_rows "$backup/rows"
  [ "$check" = yes ] || sql "analyze" >/dev/null
  if [ -n "$redis_to" ]; then
    unpack_redis "$backup" "$redis_to"
  fi
  echo "restored ${backup##*/} in $(($(date +%s) - began)) s: $(wc -l <"$backup/rows") tables, $(awk '{ rows += $1 } END { print rows + 0 }' "$backup/rows") rows"
}

COUNT_TABLES="select count(*) from pg_catalog.pg_tables where schemaname not in ('pg_catalog', 'information_schema')"

sql() {
  psql -X -q -t -A -v ON_ERROR_STOP=1 --dbname="$POSTGRES_TARGET" -c "$1"
}

# The address with another database.
address_of() {
  [[ $POSTGRES_TARGET =~ ^(postgres(ql)?://[^/?]*)/([^?]*)(.*)$ ]] || fail "POSTGRES_URL names no database"
  printf %s "${BASH_REMATCH[1]}/$1${BASH_REMATCH[4]}"
}

administer() {
  psql -X -q -v ON_ERROR_STOP=1 --dbname="$(address_of postgres)" -c "$1"
}

create_database() {
  local name
  [[ $POSTGRES_TARGET =~ ^postgres(ql)?://[^/?]*/([A-Za-z0-9_-]+)(\?.*)?$ ]] || fail "POSTGRES_URL names no database"
  name=${BASH_REMATCH[2]}
  if [ "$(psql -X -q -t -A --dbname="$(address_of postgres)" -c "select count(*) from pg_database where datname = '$name'")" = 0 ]; then
    administer "create database \"$name\""
  fi
}

is_whole() {
  [ "$(grep -c -E '  (postgres\.dump|rows)$' "$1/SHA256SUMS" 2>/dev/null)" = 2 ] && (cd "$1" && sha256sum -c SHA256SUMS >/dev/null)
}

newest_whole() {
  local dirs=() at
  dirs=("$BACKUP_DIR"/orchestrator-[0-9]*Z)
  for ((at = ${#dirs[@]} - 1; at >= 0; at--)); do
    if [ -d "${dirs[at]}" ] && is_whole "${dirs[at]}"; then
      echo "${dirs[at]}"
      return
    fi
    echo "restore.sh: passed over ${dirs[at]}, which is not whole" >&2
  done
  fail "there is no backup in $BACKUP_DIR that is whole"
}

compare_rows() {
  local table rows found
  while read -r rows table; do
    found=$(sql "select count(*) from only $table")
    [ "$found" = "$rows" ] || fail "$table has $found rows, $rows were backed up: do not use this database"
  done <"$1"
}

unpack_redis() {
  [ -f "$1/redis.rdb.gz" ] || fail "$1 has no backup of Redis"
  [ ! -e "$2" ] || fail "$2 exists"
  gzip -dc "$1/redis.rdb.gz" >"$2"
}

main "$@"
