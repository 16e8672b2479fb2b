#pragma once

// Starts the hardware watchdog, or takes over the one that the stage before this one started. From now on the machine is
// reset when it isn't fed for 30 s. Without one, nothing of it does anything.
void start_watchdog(void);

// At most one system call in two seconds.
void feed_watchdog(void);
