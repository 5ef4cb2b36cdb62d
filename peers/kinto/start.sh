#!/bin/bash
# Real JSON store: Kinto, in memory, two records a page, next page in a header of its own. Accounts are made by whoever comes.
NAME=kinto; . "$(dirname "$0")/../common.sh"; PORT="${PORT:-8107}"
stop_old; venv 'kinto==26.5.0' 'waitress==3.0.2'; rm -f "$RUN/kinto.ini"
"$RUN/venv/bin/kinto" init --ini "$RUN/kinto.ini" --host 127.0.0.1 --backend memory --cache-backend memory >"$RUN/init.log" 2>&1
sed -i 's/^# *kinto.paginate_by.*/kinto.paginate_by = 2/' "$RUN/kinto.ini"
spawn "$RUN/venv/bin/kinto" start --ini "$RUN/kinto.ini" --port "$PORT"; wait_tcp "$PORT"; echo "ready $NAME http://127.0.0.1:$PORT/v1"
