#!/bin/bash
# Real JSON server of many prototypes: pages by Link header, total in X-Total-Count. DB is the file with its data.
NAME=json-server; . "$(dirname "$0")/../common.sh"; PORT="${PORT:-8108}"
stop_old; npmi json-server@0.17.4; cp "$DB" "$RUN/db.json"
spawn node "$RUN/node/node_modules/.bin/json-server" --host 127.0.0.1 --port "$PORT" db.json; wait_tcp "$PORT"; echo "ready $NAME http://127.0.0.1:$PORT"
