// PID 1 of a STEPPPS device, twice: as /init of the initramfs, where the kernel has one, it chooses disk and slot, opens the
// slot's root partition under dm-verity and makes it the root; as /sbin/init there it mounts the rest and keeps the supervisor
// running.
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "boot_disk.h"
#include "data.h"
#include "log.h"
#include "modules.h"
#include "mounts.h"
#include "network.h"
#include "partition.h"
#include "root.h"
#include "settings.h"
#include "starts.h"
#include "supervise.h"
#include "watchdog.h"

#define DISK_WAIT_MS 30000

// In the initramfs: memory, which the kernel calls rootfs.
static bool in_initramfs(void) {
  struct statfs about;
  return statfs("/", &about) == 0 && (about.f_type == RAMFS_MAGIC || about.f_type == TMPFS_MAGIC);
}

static __attribute__((noreturn)) void open_root(void) {
  char disk[32], label[] = "root-a";
  mount_all(STAGE_KERNEL);
  phase("kernel", NULL);
  load_modules("/modules.list");
  start_watchdog();
  label[5] = named_slot();
  if (!find_boot_disk(label, DISK_WAIT_MS, disk)) give_up("root", "no partition has this slot's name");
  enter_root(disk, choose_slot(disk));
}

static void set_environment(char slot) {
  char name[] = {slot, '\0'};
  clearenv();
  setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin", 1);
  setenv("HOME", "/data", 1);
  setenv("STEPPPS_HEARTBEAT_FD", "3", 1);
  setenv("STEPPPS_SLOT", name, 1);
}

static __attribute__((noreturn)) void run_system(void) {
  char found[32], log[] = "/data/log/boot-a.log";
  mount_all(STAGE_KERNEL);
  phase("init", NULL);
  start_watchdog();
  reboot(RB_DISABLE_CAD);
  mount_all(STAGE_SYSTEM);
  apply_settings();
  const char *disk = root_disk(found) ? found : NULL;
  if (disk == NULL) phase("root", "its disk is unknown");
  char slot = entered_slot();
  if (disk != NULL) continue_start(disk, slot);
  set_environment(slot);
  loopback_up();
  mount_boot(disk);
  mount_data(disk);
  cables_up();
  log[15] = slot;
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
