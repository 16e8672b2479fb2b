import { NODE_FLAGS } from "../../runtime/platform/index.ts";
import { SUPERVISOR } from "../supervisor/layout.ts";

/** As whom the supervisor runs on an Alpine: nobody else is that user. */
export const USER = "steppps";
export const DOCUMENT = "/etc/steppps/steppps.yaml";
const DATA = "/var/lib/steppps";

/** `/etc/conf.d/steppps`. */
export const SETTINGS = `# Where the supervisor keeps everything, and where its device document is.
STEPPPS_DATA="${DATA}"
STEPPPS_DOCUMENT="${DOCUMENT}"
# What it says goes to syslog; to a file instead:
# output_log="/var/log/steppps.log"
`;

/** `/etc/init.d/steppps`: network, clock and disks are Alpine's. What ends is started again, at most every two seconds. */
export const SERVICE = `#!/sbin/openrc-run

description="STEPPPS Edge: runs automations safely"
supervisor=supervise-daemon
command=/usr/bin/node
command_args="${[...NODE_FLAGS, SUPERVISOR.bundle].join(" ")}"
command_user="${USER}:${USER}"
directory="$STEPPPS_DATA"
respawn_delay=2
respawn_max=0
umask=077
if [ -z "$output_log" ]; then
  output_logger="logger -t steppps -p daemon.info"
  error_logger="logger -t steppps -p daemon.err"
fi
export STEPPPS_DATA STEPPPS_DOCUMENT

depend() {
  need localmount
  use net dns
  after bootmisc firewall ntp-client syslog
}

start_pre() {
  checkpath --directory --mode 0700 --owner ${USER}:${USER} "$STEPPPS_DATA"
  # Hashes of passwords are in it.
  checkpath --file --mode 0640 --owner root:${USER} "$STEPPPS_DOCUMENT"
}
`;

/** Before the files come: the user that the service runs as. Is there already after an earlier installation. */
export const MAKE_USER = `#!/bin/sh
addgroup -S ${USER} 2>/dev/null
adduser -S -D -H -h ${DATA} -s /sbin/nologin -G ${USER} -g "STEPPPS Edge" ${USER} 2>/dev/null
exit 0
`;
