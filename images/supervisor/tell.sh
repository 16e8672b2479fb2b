#!/bin/sh
# busybox's udhcpc and ntpd call this when something has come of what they asked for. It only writes down what they were told; what of
# it is taken is the supervisor's to say (runtime/platform/linux/network/lease.ts, runtime/platform/linux/time-source.ts).
file="$STEPPPS_TELL/${interface:-ntp}"
{
  echo "event=$1"
  for name in ip mask router dns ntpsrv lease stratum offset; do
    eval "echo \"$name=\$$name\""
  done
} >"$file.new" && mv "$file.new" "$file"
