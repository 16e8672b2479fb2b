#pragma once

enum shutdown { SHUTDOWN_RESTART, SHUTDOWN_POWER_OFF, SHUTDOWN_FACTORY_RESET };

// Ends every process, unmounts, and does it. The watchdog goes on, so that a machine that hangs here is reset.
__attribute__((noreturn)) void shut_down(enum shutdown how);
