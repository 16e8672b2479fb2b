#include "root.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command_line.h"
#include "data.h"
#include "log.h"
#include "mounts.h"
#include "partition.h"
#include "starts.h"
#include "text.h"
#include "verity.h"

#define WAIT_MS 10000
#define NUMBERS 256
#define HASH 64
#define ENTERED "/run/steppps/slot"

static struct {
  const char *disk;
  char verity[2][NUMBERS]; // as in steppps.verity, of each slot that was asked for
} roots;

static char slot_in(const char *text) { return (text[0] == 'a' || text[0] == 'b') && text[1] == '\0' ? text[0] : 0; }

char named_slot(void) {
  char text[8];
  char slot = command_line_value("steppps.slot", text, sizeof text) ? slot_in(text) : 0;
  if (slot == 0) give_up("slot", "steppps.slot=a or =b is missing on the kernel's command line");
  return slot;
}

// Of the slot that wasn't named: the command line that its boot loader would give, which only a whole slot has.
static bool read_other(char slot, char *numbers) {
  char path[] = {'/', 'b', 'o', 'o', 't', '/', slot, '/', 'c', 'm', 'd', 'l', 'i', 'n', 'e', '\0'};
  char itself[8];
  mkdir("/boot", 0755);
  mount_boot(roots.disk);
  bool there = command_line_value_in(path, "steppps.slot", itself, sizeof itself) && slot_in(itself) == slot &&
               command_line_value_in(path, "steppps.verity", numbers, NUMBERS);
  umount2("/boot", MNT_DETACH);
  return there;
}

static const char *root_hash(char slot) {
  char *numbers = roots.verity[slot == 'b'];
  bool there = slot == named_slot() ? command_line_value("steppps.verity", numbers, NUMBERS) : read_other(slot, numbers);
  return there && strlen(numbers) >= HASH ? numbers : NULL;
}

char choose_slot(const char *disk) {
  char named = named_slot();
  roots.disk = disk;
  char slot = begin_start(disk, named, root_hash);
  char text[] = "slot a did not come up, slot b is started in its place";
  text[5] = named, text[29] = slot;
  if (slot != named) phase("slot", text);
  return slot;
}

static void note_entered(char slot) {
  char text[] = {slot, '\0'};
  int file = open(ENTERED, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0 || write(file, text, 1) != 1) give_up("slot", "it can't be written down");
  close(file);
}

char entered_slot(void) {
  char text[4];
  char slot = read_text(ENTERED, text, sizeof text) < 0 ? 0 : slot_in(text);
  return slot != 0 ? slot : named_slot(); // where something else than our initramfs opened it
}

void enter_root(const char *disk, char slot) {
  char label[] = "root-a", mapped[32];
  char *numbers = roots.verity[slot == 'b'];
  struct partition root;
  label[5] = slot;
  if (numbers[0] == '\0') give_up("root", "steppps.verity is missing on the kernel's command line");
  if (!find_partition(label, disk, WAIT_MS, &root)) give_up("root", "no partition has this slot's name");
  const char *problem = open_verity(root.device, numbers, label, CORRUPTION_PANICS, mapped);
  if (problem != NULL) give_up("root", problem);
  mkdir("/mnt", 0755);
  if (mount(mapped, "/mnt", "erofs", MS_RDONLY, NULL) != 0) give_up("root", "it is damaged or no erofs");
  phase("root", NULL);
  note_entered(slot);
  switch_root("/mnt");
  execv("/sbin/init", (char *[]){"/sbin/init", NULL});
  give_up("root", "it has no /sbin/init");
}
