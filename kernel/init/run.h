#pragma once

// Runs a program to its end and returns its exit code, 128 + the signal that ended it, or -1 when it could not start.
// Feeds the watchdog meanwhile.
int run(const char *const *arguments);
