// What PID 1 says: on the console, in /run/steppps/boot and, once there is a data partition, in the log of this slot's boot.
//
//   /run/steppps/boot          a line a phase: NAME MS-SINCE-KERNEL-START ok|WHAT-FAILED
//   /data/log/boot-a.log       the same and what the supervisor printed, up to 64 KiB: what is left of a boot that failed
#pragma once
#include <stdbool.h>
#include <stddef.h>

// Milliseconds since the kernel started.
unsigned long long now_ms(void);

// A phase is over. `problem` is NULL when it went well.
void phase(const char *name, const char *problem);

// The same, with what errno says about the last call.
void phase_failed(const char *name, const char *what);

// The phases until now on one line of the console: "steppps phases kernel=812 modules=1460 ...".
void tell_phases(void);

// Begins the log of this slot's boot with what was said until now; ends it, before its disk is unmounted.
void keep_log(const char *path);
void end_log(void);

// What the supervisor printed: to the console and to the log.
void pass_on(const char *bytes, size_t length);

// Nothing can go on: says why, waits until a serial console has shown it and starts the machine again.
__attribute__((noreturn)) void give_up(const char *name, const char *what);
