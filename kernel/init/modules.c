#include "modules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"
#include "text.h"

void load_modules(const char *list) {
  char text[8192];
  if (read_text(list, text, sizeof text) < 0) return; // a kernel with everything built in
  bool needed = true;
  char *rest = text;
  for (char *path; (path = next_line(&rest)) != NULL;) {
    if (strcmp(path, "--") == 0) {
      needed = false;
      continue;
    }
    int file = open(path, O_RDONLY | O_CLOEXEC);
    bool loaded = file >= 0 && syscall(SYS_finit_module, file, "", 0) == 0;
    if (!loaded && errno != EEXIST && (needed || errno != ENODEV)) phase_failed("modules", path);
    if (file >= 0) close(file);
  }
  phase("modules", NULL);
}
