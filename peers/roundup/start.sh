#!/bin/bash
# Real ticket system: Roundup's classic tracker over its REST API. login admin / admin-secret-1. CALLS limits calls an hour.
NAME=roundup; . "$(dirname "$0")/../common.sh"; PORT="${PORT:-8106}"
stop_old; venv 'roundup==2.6.0' 'waitress==3.0.2'; rm -rf "$RUN/tracker"
ADMIN="$RUN/venv/bin/roundup-admin -i $RUN/tracker"
$ADMIN install classic anydbm "MAIL_DOMAIN=voorbeeld.example,MAIL_HOST=localhost,ADMIN_EMAIL=beheer@voorbeeld.example,PASSWORD_PBKDF2_DEFAULT_ROUNDS=1000,MAIL_DEBUG=$RUN/mail.txt,TRACKER_WEB=http://127.0.0.1:$PORT/,WEB_API_CALLS_PER_INTERVAL=${CALLS:-0},WEB_API_INTERVAL_IN_SEC=3600" >"$RUN/init.log" 2>&1
$ADMIN initialise admin-secret-1 >>"$RUN/init.log" 2>&1
# roundup-server refuses to run as root; this is the same tracker behind Roundup's own WSGI door
spawn "$RUN/venv/bin/python" -c 'import sys, waitress; from roundup.cgi.wsgi_handler import RequestDispatcher as R; waitress.serve(R(sys.argv[1]), host="127.0.0.1", port=sys.argv[2], threads=4)' "$RUN/tracker" "$PORT"
wait_tcp "$PORT"; echo "ready $NAME http://127.0.0.1:$PORT/"
