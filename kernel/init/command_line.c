#include "command_line.h"

#include <string.h>

#include "text.h"

bool command_line_value(const char *name, char *out, size_t size) {
  char line[4096];
  if (read_text("/proc/cmdline", line, sizeof line) < 0) return false;
  for (char *state, *word = strtok_r(line, " \n", &state); word != NULL; word = strtok_r(NULL, " \n", &state)) {
    char *rest = value_of(word, name);
    if (rest != NULL && *rest == '=') return join(out, size, rest + 1, NULL);
  }
  return false;
}
