// Strings of a known size, without printf, which alone would be larger than this program.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// Joins strings up to a NULL into `out`; false when they don't fit, and then `out` holds what did.
__attribute__((sentinel)) bool join(char *out, size_t size, ...);

// `number` in decimal digits, in `out`, which is returned.
const char *decimal(unsigned long long number, char out[21]);

// Reads at most size - 1 bytes of a file and ends them with a NUL; how many, or -1.
long read_text(const char *path, char *out, size_t size);

// The next line of `*rest`, ended by a NUL in place of its newline; NULL when none is left.
char *next_line(char **rest);

// What follows `key` in a line that begins with it, else NULL.
char *value_of(char *line, const char *key);
