#!/bin/sh
# Mounts the device $1, file system $2, options $3, at $4, says so, and stays until standard input ends. What starts it gives it a mount
# namespace of its own, which goes with it (runtime/platform/linux/stick.ts).
mount -t "$2" -o "$3" "$1" "$4" && echo mounted && exec cat >/dev/null
