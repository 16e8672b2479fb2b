#include "mounts.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "remove.h"
#include "text.h"

#define SAFE (MS_NOSUID | MS_NODEV | MS_NOEXEC)

static const struct {
  enum stage stage;
  const char *type, *at;
  unsigned long flags;
  const char *options;
  bool optional; // not every kernel and board has it
} MOUNTS[] = {
  {STAGE_KERNEL, "devtmpfs", "/dev", MS_NOSUID | MS_NOEXEC, "mode=0755", false},
  {STAGE_KERNEL, "proc", "/proc", SAFE, NULL, false},
  {STAGE_KERNEL, "sysfs", "/sys", SAFE, NULL, false},
  {STAGE_KERNEL, "tmpfs", "/run", SAFE, "mode=0755,size=16m", false},
  {STAGE_SYSTEM, "tmpfs", "/tmp", MS_NOSUID | MS_NODEV, "mode=1777,size=25%", false},
  {STAGE_SYSTEM, "devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=0620,gid=5,ptmxmode=0666", false},
  {STAGE_SYSTEM, "tmpfs", "/dev/shm", SAFE, "mode=1777,size=25%", false},
  {STAGE_SYSTEM, "cgroup2", "/sys/fs/cgroup", SAFE, NULL, false},
  {STAGE_SYSTEM, "securityfs", "/sys/kernel/security", SAFE, NULL, true},
  {STAGE_SYSTEM, "pstore", "/sys/fs/pstore", SAFE, NULL, true},
  {STAGE_SYSTEM, "efivarfs", "/sys/firmware/efi/efivars", SAFE, NULL, true},
};

static const char *const MOVED[] = {"/dev", "/proc", "/sys", "/run"};

// The stage before this one left what it mounted.
static bool is_mounted(const char *path) {
  char above[64];
  struct stat here, there;
  return join(above, sizeof above, path, "/..", NULL) && stat(path, &here) == 0 && stat(above, &there) == 0 && here.st_dev != there.st_dev;
}

void mount_all(enum stage stage) {
  for (size_t i = 0; i < sizeof MOUNTS / sizeof *MOUNTS; i++) {
    if (MOUNTS[i].stage != stage) continue;
    mkdir(MOUNTS[i].at, 0755); // in /dev and the initramfs; elsewhere it is there
    if (is_mounted(MOUNTS[i].at)) continue;
    if (mount(MOUNTS[i].type, MOUNTS[i].at, MOUNTS[i].type, MOUNTS[i].flags, MOUNTS[i].options) == 0) continue;
    if (!MOUNTS[i].optional) phase_failed("mount", MOUNTS[i].at);
  }
}

void switch_root(const char *root) {
  if (chdir(root) != 0) give_up("root", "no folder to mount it at");
  for (size_t i = 0; i < sizeof MOVED / sizeof *MOVED; i++)
    if (mount(MOVED[i], MOVED[i] + 1, NULL, MS_MOVE, NULL) != 0) give_up("root", MOVED[i]);
  remove_below("/", NULL);
  if (mount(".", "/", NULL, MS_MOVE, NULL) != 0 || chroot(".") != 0 || chdir("/") != 0) give_up("root", "it can't be switched to");
}
