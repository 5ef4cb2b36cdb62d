#!/bin/bash
# Real chat server (Matrix Synapse, PyPI) with a SQLite database of its own: $RUN/homeserver.db. People register with the shared secret synapse-secret-1
NAME=matrix-synapse; . "$(dirname "$0")/../common.sh"; PORT="${PORT:-8008}"
stop_old; venv 'matrix-synapse==1.163.*'; cd "$RUN"
[ -f made.yaml ] || "$RUN/venv/bin/python" -m synapse.app.homeserver --server-name voorbeeld.example --config-path made.yaml --generate-config --report-stats=no >"$RUN/init.log" 2>&1
printf '%s\n' "registration_shared_secret: synapse-secret-1" "trusted_key_servers: []" "enable_registration: false" "rc_message: {per_second: 1000, burst_count: 1000}" "rc_login: {address: {per_second: 1000, burst_count: 1000}}" \
  "listeners: [{port: $PORT, bind_addresses: [127.0.0.1], tls: false, type: http, resources: [{names: [client]}]}]" >"$RUN/ours.yaml"
spawn "$RUN/venv/bin/python" -m synapse.app.homeserver --config-path "$RUN/made.yaml" --config-path "$RUN/ours.yaml"; wait_tcp "$PORT"; echo "ready $NAME http://127.0.0.1:$PORT/"
