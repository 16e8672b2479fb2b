#pragma once

enum shutdown { SHUTDOWN_RESTART, SHUTDOWN_POWER_OFF, SHUTDOWN_FACTORY_RESET };

// Ends every process, unmounts, and does it. The watchdog goes on, so that a machine that hangs here is reset. `meanwhile`, which
// may be NULL, is called again and again while processes end: what they print must be taken.
__attribute__((noreturn)) void shut_down(enum shutdown how, void (*meanwhile)(void *), void *context);
