#pragma once
#include <stdbool.h>
#include <stddef.h>

// The value of `name=` on the kernel's command line, in `out`; false when it isn't there or doesn't fit.
bool command_line_value(const char *name, char *out, size_t size);
