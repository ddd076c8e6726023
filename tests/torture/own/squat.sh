#!/bin/sh
# A port that is taken, and a process that leaves its session and hears no signal that can be ignored.
case $1 in
hold)
  (setsid sh -c 'trap "" TERM HUP; while :; do sleep 1; done' > /dev/null 2>&1 &)
  exec python3 -I -m http.server "$STRESS_PORT" ;;
inject)
  until python3 -I -c "import socket; socket.create_connection(('127.0.0.1', $STRESS_PORT))"; do sleep 0.1; done ;;
evidence) echo 1 port taken ;;
*) exit 64 ;;
esac
