#include "boot_disk.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <unistd.h>

#include "gpt.h"
#include "log.h"
#include "partition.h"
#include "text.h"
#include "watchdog.h"

#define VARIABLES "/sys/firmware/efi/efivars"
#define LOADER_PARTITION VARIABLES "/LoaderDevicePartUUID-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"
// The Raspberry Pi's firmware: 1 SD, 4 USB, 6 NVMe (raspberrypi.com, "bootloader" in the device tree's /chosen).
#define PI_BOOT_MODE "/proc/device-tree/chosen/bootloader/boot-mode"
#define PI_FROM_USB 4
// A disk on USB may be found before the card or the drive that the machine was started from.
#define BETTER_MS 5000

enum rank { RANK_NONE, RANK_USB, RANK_OWN, RANK_NAMED };

struct known {
  char named[PARTITION_ID]; // the loader's partition, or empty
  bool from_usb;
};

struct choice {
  const struct known *known;
  enum rank rank;
  char disk[32];
};

// Four bytes of attributes, then UTF-16.
static void read_loader_partition(char out[PARTITION_ID]) {
  char bytes[4 + 2 * PARTITION_ID] = {0};
  out[0] = '\0';
  int file = open(LOADER_PARTITION, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  ssize_t length = read(file, bytes, sizeof bytes);
  close(file);
  if (length < 4 + 2 * (PARTITION_ID - 1)) return;
  for (int i = 0; i < PARTITION_ID - 1; i++) out[i] = bytes[4 + 2 * i];
  out[PARTITION_ID - 1] = '\0';
}

// Big endian, as all of a device tree is.
static bool pi_started_from_usb(void) {
  unsigned char mode[4] = {0};
  int file = open(PI_BOOT_MODE, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool usb = read(file, mode, sizeof mode) == sizeof mode && mode[3] == PI_FROM_USB;
  close(file);
  return usb;
}

static bool is_on_usb(const char *disk) {
  char path[64], target[256];
  if (!join(path, sizeof path, "/sys/class/block/", disk, NULL)) return false;
  ssize_t length = readlink(path, target, sizeof target - 1);
  target[length < 0 ? 0 : length] = '\0';
  return strstr(target, "/usb") != NULL;
}

static bool is_named(const char *disk, const char *named) {
  struct partition boot;
  char id[PARTITION_ID];
  return named[0] != '\0' && find_partition("boot", disk, 0, &boot) && partition_id(&boot, id) && strcasecmp(id, named) == 0;
}

static bool consider(const struct partition *partition, void *context) {
  struct choice *choice = context;
  const char *disk = partition->disk;
  enum rank rank = is_on_usb(disk) == choice->known->from_usb ? RANK_OWN : RANK_USB;
  if (is_named(disk, choice->known->named)) rank = RANK_NAMED;
  if (rank > choice->rank && join(choice->disk, sizeof choice->disk, disk, NULL)) choice->rank = rank;
  return false;
}

bool find_boot_disk(const char *label, unsigned wait_ms, char out[32]) {
  struct known known;
  mount("efivarfs", VARIABLES, "efivarfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL); // where there is UEFI
  read_loader_partition(known.named);
  known.from_usb = pi_started_from_usb();
  enum rank wanted = known.named[0] != '\0' ? RANK_NAMED : RANK_OWN;
  unsigned long long begun = now_ms(), until = begun + wait_ms;
  for (;;) {
    struct choice choice = {.known = &known};
    each_partition(label, consider, &choice);
    if (choice.rank >= wanted || (choice.rank != RANK_NONE && now_ms() >= begun + BETTER_MS)) return join(out, 32, choice.disk, NULL);
    if (now_ms() >= until) return false;
    feed_watchdog();
    usleep(10000);
  }
}
