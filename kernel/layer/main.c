// Opens, closes and checks layers, and runs their programs: what the supervisor, which is JavaScript, has no system calls for.
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../init/text.h"
#include "layer.h"

struct verb {
  const char *name;
  int least, most; // arguments
  int (*run)(char *const *arguments);
};

static const struct verb VERBS[] = {
    {"open", 5, 5, open_layer},
    {"close", 1, 1, close_layer},
    {"check", 1, 1, check_layer},
    {"run", 2, 1 << 10, run_program},
};

bool is_layer_name(const char *name) {
  size_t length = strlen(name);
  return length > 0 && length <= 31 && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

void layer_path(const char *name, char out[LAYER_PATH]) { join(out, LAYER_PATH, "/run/steppps/layers/", name, NULL); }

int refuse(int code, const char *what, bool with_errno) {
  char line[256];
  int reason = errno;
  join(line, sizeof line, "steppps-layer: ", what, with_errno ? ": " : "", with_errno ? strerror(reason) : "", "\n", NULL);
  (void)!write(STDERR_FILENO, line, strlen(line));
  return code;
}

int main(int count, char *const *arguments) {
  umask(022);
  for (size_t i = 0; count > 1 && i < sizeof VERBS / sizeof *VERBS; i++)
    if (strcmp(arguments[1], VERBS[i].name) == 0 && count - 2 >= VERBS[i].least && count - 2 <= VERBS[i].most)
      return VERBS[i].run(arguments + 2);
  return refuse(2, "open FILE OFFSET SIZE NUMBERS NAME | close NAME | check NAME | run NAME PROGRAM ...", false);
}
