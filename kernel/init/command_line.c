#include "command_line.h"

#include <string.h>

#include "text.h"

bool command_line_value_in(const char *path, const char *name, char *out, size_t size) {
  char line[4096];
  if (read_text(path, line, sizeof line) < 0) return false;
  for (char *state, *word = strtok_r(line, " \n", &state); word != NULL; word = strtok_r(NULL, " \n", &state)) {
    char *rest = value_of(word, name);
    if (rest != NULL && *rest == '=') return join(out, size, rest + 1, NULL);
  }
  return false;
}

bool command_line_value(const char *name, char *out, size_t size) {
  return command_line_value_in("/proc/cmdline", name, out, size);
}
