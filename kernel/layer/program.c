// A program of a layer, in a root that has the layer and little else: no disks, no data partition, nobody's processes to look into.
#define _GNU_SOURCE // unshare
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../init/text.h"
#include "layer.h"

#define NOT_SET_UP 126
#define NOT_FOUND 127
#define NOBODY 65534
#define BIT(capability) (1ull << (capability))

// What the programs of a layer may do. One that isn't here runs as nobody and may do nothing.
struct rights {
  const char *layer;
  unsigned user;
  uint64_t capabilities;
};
static const struct rights RIGHTS[] = {
    {"wifi", 0, BIT(CAP_NET_ADMIN) | BIT(CAP_NET_RAW)},
};

// Of /dev, what is no disk, no memory and no console.
static const char *const DEVICES[] = {"full", "null", "random", "rfkill", "urandom", "zero", NULL};

static const struct rights *rights_of(const char *layer) {
  static const struct rights none = {"", NOBODY, 0};
  for (size_t i = 0; i < sizeof RIGHTS / sizeof *RIGHTS; i++)
    if (strcmp(RIGHTS[i].layer, layer) == 0) return &RIGHTS[i];
  return &none;
}

static bool memory(const char *path, const char *options) {
  return mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options) == 0;
}

static bool bind(const char *from, const char *to, unsigned long flags) {
  return mount(from, to, NULL, MS_BIND, NULL) == 0 &&
         (flags == 0 || mount(NULL, to, NULL, MS_BIND | MS_REMOUNT | flags, NULL) == 0);
}

static bool place_devices(void) {
  char from[32], to[32];
  // With "nodev" on the folder itself: what is bound below it has the flags of where it comes from.
  if (!memory("dev", "mode=0755,size=64k")) return false;
  for (const char *const *name = DEVICES; *name != NULL; name++) {
    join(from, sizeof from, "/dev/", *name, NULL);
    join(to, sizeof to, "dev/", *name, NULL);
    if (access(from, F_OK) != 0) continue;
    int file = open(to, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    if (file < 0) return false;
    close(file);
    if (!bind(from, to, MS_NOSUID | MS_NOEXEC)) return false;
  }
  return true;
}

// The one folder that a layer's programs share with the supervisor, at the same path within and without.
static bool place_work(const char *name, const struct rights *rights) {
  char path[LAYER_PATH];
  join(path, sizeof path, "/run/steppps/work/", name, NULL);
  mkdir("/run/steppps", 0755);
  mkdir("/run/steppps/work", 0755);
  if (mkdir(path, 0700) == 0 && chown(path, rights->user, rights->user) != 0) return false;
  if (!memory("run", "mode=0755,size=1m")) return false;
  mkdir("run/steppps", 0755);
  mkdir("run/steppps/work", 0755);
  mkdir(path + 1, 0700);
  return bind(path, path + 1, MS_NOSUID | MS_NODEV | MS_NOEXEC);
}

// Enters the layer's folder as the root of a mount namespace of its own.
static bool enter(const char *name, const struct rights *rights) {
  char path[LAYER_PATH];
  layer_path(name, path);
  return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
         bind(path, path, MS_RDONLY | MS_NOSUID | MS_NODEV) && chdir(path) == 0 && place_devices() && place_work(name, rights) &&
         memory("tmp", "mode=1777,size=4m") &&
         mount("proc", "proc", "proc", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "hidepid=2") == 0 &&
         mount("sysfs", "sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) == 0 &&
         syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 && chdir("/") == 0;
}

static bool give_up_rights(const struct rights *rights) {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
    if (!(rights->capabilities & BIT(capability)) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return false;
  // This process alone: there are no threads that the system call would leave out.
  return syscall(SYS_setgroups, 0, NULL) == 0 && syscall(SYS_setgid, rights->user) == 0 &&
         syscall(SYS_setuid, rights->user) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

int run_program(char *const *arguments) {
  static char *const environment[] = {"PATH=/usr/sbin:/usr/bin", "LC_ALL=C.UTF-8", NULL};
  const char *name = arguments[0];
  if (!is_layer_name(name)) return refuse(NOT_SET_UP, "this is no layer's name", false);
  const struct rights *rights = rights_of(name);
  pid_t parent = getppid();
  if (!enter(name, rights)) return refuse(NOT_SET_UP, "a root for the program", true);
  if (!give_up_rights(rights)) return refuse(NOT_SET_UP, "to give up rights", true);
  // Behind the change of user, which would take it back. It ends with whoever started it.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return refuse(NOT_SET_UP, "to end with the supervisor", true);
  if (getppid() != parent) return refuse(NOT_SET_UP, "the supervisor ended", false);
  execve(arguments[1], arguments + 1, environment);
  return refuse(errno == ENOENT ? NOT_FOUND : NOT_SET_UP, arguments[1], true);
}
