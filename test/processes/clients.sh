#!/bin/bash
# Starts the mesh as `npm start` does, talks to it with clients that know nothing of it, and prints commands and answers.
#   GRPCURL=/path/to/grpcurl PYTHON=/path/to/python3 test/processes/clients.sh
# Python needs grpcio, grpcio-reflection and protobuf. What is not there is left out, in one line.
set -uo pipefail
cd "$(dirname "$0")/../.."
GRPCURL=${GRPCURL:-grpcurl}
PYTHON=${PYTHON:-python3}
LINES_SHOWN=${LINES_SHOWN:-12}
failed=0
log=$(mktemp)

npm start >"$log" 2>&1 &
mesh=$!
trap 'kill $mesh 2>/dev/null; wait $mesh 2>/dev/null; rm -f "$log"' EXIT
until curl -sf -o /dev/null http://127.0.0.1:8000/ready; do
  kill -0 $mesh 2>/dev/null || { cat "$log"; exit 1; }
  sleep 0.5
done

# The command as a reader would type it.
shown() {
  local word line='$'
  for word in "$@"; do
    word=${word/#$GRPCURL/grpcurl}
    word=${word/#$PYTHON/python3}
    word=${word/#node_modules\/.bin\//npx }
    case $word in
      "npx "*) ;;
      *[\ \{\"\&]*) word="'$word'" ;;
    esac
    line="$line $word"
  done
  echo "$line"
}

# Prints a command, the first lines of its answer, and its exit code unless that is 0.
try() {
  shown "$@"
  local answer code
  answer=$("$@" 2>&1)
  code=$?
  echo "$answer" | cut -c 1-160 | head -n "$LINES_SHOWN"
  if [ $code -ne 0 ]; then echo "exit $code"; failed=1; fi
  echo
}

new_run() { # a request with an id of its own
  local id
  id=$(cat /proc/sys/kernel/random/uuid 2>/dev/null || uuidgen)
  printf '{"source": "id: hello\\nname: Hello\\nsteps:\\n  - {id: greet, action: set, parameters: {variables: {greeting: Hello}}}\\n", "requestId": "%s"}' "$id"
}

run_id_of() { grep -o '"runId": *"[^"]*"' | head -n 1 | cut -d '"' -f 4; }

RUNS=orchestrator.v1.RunService
for reflection in grpc-v1 grpc-v1alpha; do
  buf=(node_modules/.bin/buf curl --http2-prior-knowledge --protocol grpc --reflect-protocol "$reflection")
  for port in 8000 7001 7002 7003; do
    try "${buf[@]}" --list-services "http://127.0.0.1:$port"
    try "${buf[@]}" -d '{}' "http://127.0.0.1:$port/grpc.health.v1.Health/Check"
  done
  request=$(new_run)
  try "${buf[@]}" -d "$request" "http://127.0.0.1:8000/$RUNS/CreateRun"
  run=$("${buf[@]}" -d "$request" "http://127.0.0.1:8000/$RUNS/CreateRun" | run_id_of) # the same request is the same run
  try "${buf[@]}" -d "{\"runId\": \"$run\"}" "http://127.0.0.1:8000/$RUNS/WatchRun"
done

if command -v "$GRPCURL" >/dev/null; then
  for port in 8000 7001 7002 7003; do
    try "$GRPCURL" -plaintext "127.0.0.1:$port" list
    try "$GRPCURL" -plaintext "127.0.0.1:$port" grpc.health.v1.Health/Check
  done
  try "$GRPCURL" -plaintext 127.0.0.1:8000 describe "$RUNS"
  LINES_SHOWN=60 try "$GRPCURL" -plaintext 127.0.0.1:8000 describe orchestrator.v1.GetRunRequest
  try "$GRPCURL" -plaintext 127.0.0.1:7003 describe orchestrator.state.v1.StateService
  try "$GRPCURL" -plaintext -d "$(new_run)" 127.0.0.1:8000 "$RUNS/CreateRun"
  try "$GRPCURL" -plaintext -d "{\"runId\": \"$run\", \"afterSequence\": 1}" 127.0.0.1:8000 "$RUNS/WatchRun"
else
  echo "Left out: grpcurl; go install github.com/fullstorydev/grpcurl/cmd/grpcurl@latest"
fi

json='content-type: application/json'
try curl -s -H "$json" -d "$(new_run)" "http://127.0.0.1:8000/$RUNS/CreateRun"
try curl -s -G "http://127.0.0.1:8000/$RUNS/GetRun" --data-urlencode connect=v1 \
  --data-urlencode encoding=json --data-urlencode "message={\"runId\": \"$run\", \"view\": \"RUN_VIEW_BASIC\"}"
try curl -s -H "$json" -d '{"runId": "not a run"}' "http://127.0.0.1:8000/$RUNS/GetRun"
try curl -s http://127.0.0.1:8000/health

if "$PYTHON" -c 'import grpc_reflection, google.protobuf' 2>/dev/null; then
  try "$PYTHON" test/processes/clients.py 127.0.0.1:8000
else
  echo "Left out: Python; pip install grpcio grpcio-reflection protobuf"
fi
exit $failed
