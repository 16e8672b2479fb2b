// PID 1 of a STEPPPS device, twice: as /init of the initramfs, where the kernel has one, it opens the root partition of this
// slot under dm-verity and makes it the root; as /sbin/init there it mounts the rest and keeps the supervisor running.
#include <fcntl.h>
#include <linux/magic.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "command_line.h"
#include "data.h"
#include "log.h"
#include "modules.h"
#include "mounts.h"
#include "partition.h"
#include "supervise.h"
#include "text.h"
#include "verity.h"
#include "watchdog.h"

#define ROOT_WAIT_MS 30000
#define SLOT_NAME 8

static void slot_name(char out[SLOT_NAME]) {
  if (!command_line_value("steppps.slot", out, SLOT_NAME) || (strcmp(out, "a") != 0 && strcmp(out, "b") != 0))
    give_up("slot", "steppps.slot=a or =b is missing on the kernel's command line");
}

// In the initramfs: memory, which the kernel calls rootfs.
static bool in_initramfs(void) {
  struct statfs about;
  return statfs("/", &about) == 0 && (about.f_type == RAMFS_MAGIC || about.f_type == TMPFS_MAGIC);
}

static __attribute__((noreturn)) void open_root(void) {
  char slot[SLOT_NAME], label[16], numbers[256];
  struct partition root;
  mount_all(STAGE_KERNEL);
  phase("kernel", NULL);
  load_modules("/modules.list");
  start_watchdog();
  slot_name(slot);
  join(label, sizeof label, "root-", slot, NULL);
  if (!command_line_value("steppps.verity", numbers, sizeof numbers))
    give_up("root", "steppps.verity is missing on the kernel's command line");
  if (!find_partition(label, NULL, ROOT_WAIT_MS, &root)) give_up("root", "no partition has this slot's name");
  const char *problem = open_verity(root.device, numbers);
  if (problem != NULL) give_up("root", problem);
  mkdir("/root", 0755);
  if (mount("/dev/dm-0", "/root", "erofs", MS_RDONLY, NULL) != 0) give_up("root", "it is damaged or no erofs");
  phase("root", NULL);
  switch_root("/root");
  execv("/sbin/init", (char *[]){"/sbin/init", NULL});
  give_up("root", "it has no /sbin/init");
}

static void loopback_up(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (any < 0 || ioctl(any, SIOCSIFFLAGS, &request) != 0) phase_failed("loopback", "lo");
  if (any >= 0) close(any);
}

static void set_environment(const char *slot) {
  clearenv();
  setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
  setenv("HOME", "/data", 1);
  setenv("STEPPPS_HEARTBEAT_FD", "3", 1);
  setenv("STEPPPS_SLOT", slot, 1);
}

static __attribute__((noreturn)) void run_system(void) {
  char slot[SLOT_NAME], disk[32], log[32];
  mount_all(STAGE_KERNEL);
  phase("init", NULL);
  start_watchdog();
  reboot(RB_DISABLE_CAD);
  mount_all(STAGE_SYSTEM);
  slot_name(slot);
  set_environment(slot);
  loopback_up();
  bool known = root_disk(disk);
  if (!known) phase("root", "its disk is unknown");
  mount_boot(known ? disk : NULL);
  mount_data(known ? disk : NULL);
  join(log, sizeof log, "/data/log/boot-", slot, ".log", NULL);
  keep_log(log);
  supervise();
}

int main(void) {
  if (getpid() != 1) {
    static const char refusal[] = "steppps init: it runs as the first process of a device only; here it would mount over /proc, /run and /tmp\n";
    (void)!write(STDERR_FILENO, refusal, sizeof refusal - 1);
    return 1;
  }
  umask(022);
  if (in_initramfs()) open_root();
  run_system();
}
