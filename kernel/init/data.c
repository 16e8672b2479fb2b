#include "data.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ext4.h"
#include "gpt.h"
#include "log.h"
#include "partition.h"
#include "remove.h"
#include "run.h"
#include "text.h"

#define RESET "/data/.factory-reset"
#define RESET_FILE "/boot/factory-reset"
#define WAIT_MS 20000

// e2fsck's exit codes: 1 repaired, 2 repaired and a restart is wanted (not for us: it isn't mounted), from 4 on not repaired.
// What -p does not dare to mend may cost files, so that it is said.
static void check(const char *device) {
  if (ext4_is_clean(device)) return;
  char code[21], problem[64];
  int result = run((const char *[]){"/sbin/e2fsck", "-p", device, NULL});
  bool forced = result >= 4 || result < 0;
  if (forced) result = run((const char *[]){"/sbin/e2fsck", "-y", device, NULL});
  bool failed = result >= 4 || result < 0;
  join(problem, sizeof problem, "e2fsck ended with ", decimal((unsigned long long)(result < 0 ? 255 : result), code), NULL);
  phase("check", failed ? problem : forced ? "damage was repaired, some of what was written last may be lost" : NULL);
}

static bool mount_ext4(const char *device) {
  return mount(device, "/data", "ext4", MS_NOSUID | MS_NODEV | MS_NOATIME, "errors=remount-ro") == 0;
}

// Nothing is deleted unasked: a card that can't be read now may be read again in another slot. Asked for by the file for a factory
// reset, a partition that holds no file system any more gets a new one.
static bool make_anew(const char *device) {
  if (access(RESET_FILE, F_OK) != 0) return false;
  const char *const make[] = {"/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-L", "data", "-b", "4096", "-O", "metadata_csum,64bit", device, NULL};
  int result = run(make);
  phase("partition", result == 0 ? "data was made anew, as the factory reset asks" : "data could not be made anew");
  return result == 0 && mount_ext4(device);
}

// Asked for over MQTT (a marker beside the data) or by a file `factory-reset` that somebody put on the FAT partition. The
// supervisor's folder is its own to reset, for identity and lowest versions stay; it deletes the marker, and the file, when it has.
static void factory_reset(void) {
  if (access(RESET_FILE, F_OK) == 0) ask_factory_reset();
  if (access(RESET, F_OK) != 0) return;
  const char *keep[] = {"steppps", "log", "lost+found", ".factory-reset", NULL};
  phase("factory-reset", remove_below("/data", keep) == 0 ? NULL : "something could not be deleted");
  setenv("STEPPPS_FACTORY_RESET", "1", 1);
}

static void mount_var(void) {
  mkdir("/data/var", 0755);
  mkdir("/data/log", 0755);
  if (mount("/data/var", "/var", NULL, MS_BIND, NULL) != 0) phase_failed("var", "mount");
}

static bool mount_partition(const char *disk) {
  struct partition data;
  if (!find_partition("data", disk, WAIT_MS, &data)) {
    phase("data", "there is no partition of this name");
    return false;
  }
  const char *problem = grow_partition(&data);
  if (problem != NULL) phase("partition", problem);
  check(data.device);
  if (!mount_ext4(data.device)) {
    int error = errno;
    if (!make_anew(data.device)) {
      errno = error;
      if (error == EACCES || error == EROFS) phase("data", "the disk takes no writes");
      else phase_failed("data", "mount");
      return false;
    }
  }
  phase("data", NULL);
  ext4_grow_later(data.device, "/data");
  return true;
}

void mount_data(const char *disk) {
  if (mount_partition(disk)) factory_reset();
  else mount("tmpfs", "/data", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755");
  mount_var();
}

void mount_boot(const char *disk) {
  struct partition boot;
  if (!find_partition("boot", disk, WAIT_MS, &boot)) phase("boot", "there is no partition of this name");
  // Then a file that a power cut left half there can be removed; otherwise the first such one makes all of it read-only.
  else if (mount(boot.device, "/boot", "vfat", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "umask=0077,utf8,errors=continue") != 0)
    phase_failed("boot", "mount");
  else phase("boot", NULL);
}

bool ask_factory_reset(void) {
  int file = open(RESET, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return false;
  bool kept = fsync(file) == 0;
  close(file);
  int folder = open("/data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  kept = folder >= 0 && fsync(folder) == 0 && kept;
  if (folder >= 0) close(folder);
  return kept;
}

void unmount_disks(void) {
  umount2("/var", 0);
  if (umount2("/data", 0) != 0) mount(NULL, "/data", NULL, MS_REMOUNT | MS_RDONLY, NULL);
  if (umount2("/boot", 0) != 0) mount(NULL, "/boot", NULL, MS_REMOUNT | MS_RDONLY, NULL);
}
