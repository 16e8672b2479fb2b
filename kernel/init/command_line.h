#pragma once
#include <stdbool.h>
#include <stddef.h>

// The value of `name=` on the kernel's command line, in `out`; false when it isn't there or doesn't fit.
bool command_line_value(const char *name, char *out, size_t size);

// The same in a file that holds a command line.
bool command_line_value_in(const char *path, const char *name, char *out, size_t size);
