#!/bin/sh
# A rule that refuses connections, in a table called $STRESS_NAME; the kernel ends it at the deadline.
case $1 in
check) nft list tables > /dev/null ;;
inject) nft -f - <<END
table inet $STRESS_NAME {
  set on { type inet_service; flags timeout; elements = { $STRESS_PORT timeout ${STRESS_MILLISECONDS}ms } }
  chain in {
    type filter hook input priority 0
    iif != lo tcp dport @on counter reject with tcp reset
  }
}
END
;;
evidence) nft list chain inet "$STRESS_NAME" in | sed -n 's/.* packets \([0-9]*\) .*/\1 packets refused/p' ;;
end) nft delete table inet "$STRESS_NAME" ;;
gone) ! nft list table inet "$STRESS_NAME" > /dev/null 2>&1 ;;
*) exit 64 ;;
esac
