#!/bin/bash
# Real MariaDB server (Debian's mariadb-server-core: the server alone, no service is set up), a data folder of its own,
# loopback only. login dsr / dsr-secret-1 with all rights, so that tests can make databases and read-only logins.
NAME=mariadb; . "$(dirname "$0")/../common.sh"; PORT="${PORT:-3307}"
if ! command -v mariadbd >/dev/null; then
  [ "$(id -u)" = 0 ] || { echo "Installing MariaDB needs root; as root, first: apt-get update && apt-get install -y --no-install-recommends mariadb-server-core mariadb-client-core"; exit 1; }
  apt-get update -q >"$RUN/apt-update.log" 2>&1 || true; apti mariadb-server-core mariadb-client-core; fi
stop_old; WHO="$([ "$(id -u)" = 0 ] && echo --user=root || true)"; DATA="$RUN/data"; SOCKET="$(mktemp -d "${TMPDIR:-/tmp}/mdb-XXXXXX")/s"
[ -d "$DATA/mysql" ] || mariadb-install-db --no-defaults $WHO --datadir="$DATA" --auth-root-authentication-method=normal --skip-test-db >"$RUN/init.log" 2>&1
printf "%s\n" "CREATE USER IF NOT EXISTS dsr@'127.0.0.1' IDENTIFIED BY 'dsr-secret-1';" "GRANT ALL ON *.* TO dsr@'127.0.0.1' WITH GRANT OPTION;" "DROP USER IF EXISTS root@localhost;" >"$RUN/first.sql"
spawn mariadbd --no-defaults $WHO --datadir="$DATA" --bind-address=127.0.0.1 --port="$PORT" --socket="$SOCKET" --pid-file="$RUN/server.pid" --init-file="$RUN/first.sql" \
  --skip-name-resolve --innodb-buffer-pool-size=64M --innodb-flush-log-at-trx-commit=2 --character-set-server=utf8mb4
wait_tcp "$PORT"; echo "ready $NAME mariadb+pymysql://dsr:dsr-secret-1@127.0.0.1:$PORT/"
