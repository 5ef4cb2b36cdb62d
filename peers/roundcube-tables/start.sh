#!/bin/bash
# The tables of Roundcube webmail for MariaDB, as their authors ship them in Debian's package (its files alone: nothing is installed or started).
NAME=roundcube-tables; . "$(dirname "$0")/../common.sh"
if [ ! -s "$RUN/roundcube.sql" ]; then cd "$RUN"
  apt-get download -q roundcube-core >"$RUN/apt.log" 2>&1 || { apt-get update -q >>"$RUN/apt.log" 2>&1; apt-get download -q roundcube-core >>"$RUN/apt.log" 2>&1; } || { echo "Roundcube's package cannot be fetched; as root, first: apt-get update"; exit 1; }
  dpkg-deb --fsys-tarfile roundcube-core_*.deb | tar -xO ./usr/share/roundcube/SQL/mysql.initial.sql >"$RUN/roundcube.sql"; fi
echo "ready $NAME $RUN/roundcube.sql"
