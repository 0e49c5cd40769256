#!/usr/bin/env bash
# Backs up what a mesh must not lose: its PostgreSQL database, and its Redis where REDIS_URL is set.
#
#   POSTGRES_URL=… BACKUP_DIR=/backups/orchestrator deploy/backup/backup.sh
#
#   POSTGRES_URL, REDIS_URL         addresses; <NAME>_FILE names a file that holds one
#   BACKUP_DIR       /backups/orchestrator
#   RETENTION_DAYS   7
#
# A backup is a folder orchestrator-<UTC time> with postgres.dump (custom format, compressed), rows (how many each table has),
# redis.rdb.gz and SHA256SUMS. It is made under another name, read back as a whole, and gets its name when it is good. Then, and
# only then, backups older than RETENTION_DAYS are removed; never the newest, and none at all when the new one has less than half
# of the rows of the one before: a database that was emptied by mistake must not push out what can mend it. Running services are
# not disturbed: the dump is of one moment. Prints the folder. Exits 1 when there is no backup, 3 when only the one of Redis is
# missing, and 4 when old ones were kept because the new one is so small; a backup that is moved away is not compared with.
set -euo pipefail
umask 077

here=$(dirname "$(readlink -f "$0")")
# shellcheck source=deploy/backup/connections.sh
. "$here/connections.sh"

BACKUP_DIR=${BACKUP_DIR:-/backups/orchestrator}
RETENTION_DAYS=${RETENTION_DAYS:-7}
[[ $RETENTION_DAYS =~ ^[0-9]+$ ]] || fail "RETENTION_DAYS is not a number of days: $RETENTION_DAYS"
PARTIAL_KEPT_MINUTES=1440

main() {
  local began name partial redis=none
  read_secret POSTGRES_URL
  read_secret REDIS_URL
  [ -n "${POSTGRES_URL:-}" ] || fail "POSTGRES_URL is not set"
  mkdir -p "$BACKUP_DIR"
  exec 9>"$BACKUP_DIR/.lock"
  flock -n 9 || fail "another backup into $BACKUP_DIR is under way"

  began=$(date -u +%Y%m%dT%H%M%SZ)
  name=orchestrator-$began
  [ ! -e "$BACKUP_DIR/$name" ] || fail "$BACKUP_DIR/$name exists already"
  partial=$(mktemp -d "$BACKUP_DIR/.partial-XXXXXX")
  # shellcheck disable=SC2064 # the folder of now
  trap "rm -rf '$partial'" EXIT

  dump_postgres "$partial"
  if [ -n "${REDIS_URL:-}" ]; then
    redis=$(dump_redis "$partial")
  fi
  (cd "$partial" && sha256sum -- * >.sums && mv .sums SHA256SUMS && sha256sum -c SHA256SUMS >/dev/null)
  sync "$partial"/* "$partial"
  mv "$partial" "$BACKUP_DIR/$name"
  sync "$BACKUP_DIR"
  echo "$BACKUP_DIR/$name"

  if has_shrunk "$name"; then
    echo "backup.sh: $name has less than half of the rows of the backup before it; old ones are kept" >&2
    exit 4
  fi
  remove_old "$name"
  [ "$redis" != failed ] || exit 3
}

# Also reads the whole archive again: what cannot be read is no backup.
dump_postgres() {
  local dir=$1
  connect_postgres "$POSTGRES_URL"
  pg_dump --format=custom --compress=6 --no-owner --no-privileges --lock-wait-timeout=60s \
    --file="$dir/postgres.dump" --dbname="$POSTGRES_TARGET"
  pg_restore --file=- "$dir/postgres.dump" | count_rows >"$dir/rows"
  [ -s "$dir/rows" ] || fail "the dump has no tables: is POSTGRES_URL the mesh's database?"
}

# Redis carries wake-ups between replicas and nothing else, so a backup without it is a good one.
dump_redis() {
  local dir=$1
  if redis_command "$REDIS_URL" --rdb "$dir/redis.rdb" >&2 && [ "$(head -c 5 "$dir/redis.rdb")" = REDIS ]; then
    gzip "$dir/redis.rdb"
    echo saved
  else
    rm -f "$dir/redis.rdb"
    echo "backup.sh: Redis could not be backed up" >&2
    echo failed
  fi
}

has_shrunk() {
  local newest=$1 before='' dir
  for dir in "$BACKUP_DIR"/orchestrator-[0-9]*Z; do
    if [ -s "$dir/rows" ] && [[ ${dir##*/} < "$newest" ]]; then
      before=$dir
    fi
  done
  [ -n "$before" ] && [ "$(rows_of "$BACKUP_DIR/$newest")" -lt $(($(rows_of "$before") / 2)) ]
}

rows_of() {
  awk '{ rows += $1 } END { print rows + 0 }' "$1/rows"
}

# By the time in their names, which copying does not change.
remove_old() {
  local newest=$1 oldest_kept dir
  oldest_kept=orchestrator-$(date -u -d "@$(($(date +%s) - RETENTION_DAYS * 86400))" +%Y%m%dT%H%M%SZ)
  for dir in "$BACKUP_DIR"/orchestrator-[0-9]*Z; do
    if [ -d "$dir" ] && [ "${dir##*/}" != "$newest" ] && [[ ${dir##*/} < "$oldest_kept" ]]; then
      rm -rf "$dir"
      echo "backup.sh: removed ${dir##*/}" >&2
    fi
  done
  # Of backups that were killed.
  find "$BACKUP_DIR" -maxdepth 1 -name '.partial-*' -mmin "+$PARTIAL_KEPT_MINUTES" -exec rm -rf {} +
}

main
