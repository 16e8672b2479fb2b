#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "text.h"

// Linux's Documentation/admin-guide/LSM/Yama.rst and admin-guide/sysctl/{kernel,fs}.rst. From here and not as sysctl.* on the command
// line, for which the kernel mounts and unmounts a /proc of its own: 50 ms of each start.
static const struct {
  const char *path, *value;
} SETTINGS[] = {
  {"kernel/yama/ptrace_scope", "1"},   // only a process that started another may read its memory
  {"kernel/kptr_restrict", "1"},       // where the kernel lies is told to root only
  {"kernel/dmesg_restrict", "1"},      // and so is its log
  {"fs/protected_symlinks", "1"},      // in /tmp a link is followed by who made it
  {"fs/protected_hardlinks", "1"},     // nobody links to a file that isn't his to write
  {"fs/protected_fifos", "1"},         // nobody's pipe
  {"fs/protected_regular", "1"},       // or file there is opened in place of a new one
};

void apply_settings(void) {
  for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++) {
    char path[64];
    const char *value = SETTINGS[i].value;
    int file = join(path, sizeof path, "/proc/sys/", SETTINGS[i].path, NULL) ? open(path, O_WRONLY | O_CLOEXEC) : -1;
    if (file < 0 && errno == ENOENT) continue; // not every kernel has it
    if (file < 0 || write(file, value, strlen(value)) < 0) phase_failed("settings", SETTINGS[i].path);
    if (file >= 0) close(file);
  }
}
