#include "partition.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "log.h"
#include "text.h"
#include "watchdog.h"

#define BLOCK "/sys/class/block/"

// /sys/class/block/vda2 is a link to .../block/vda/vda2
static bool disk_of(const char *name, char out[32]) {
  char path[128], target[256];
  if (!join(path, sizeof path, BLOCK, name, NULL)) return false;
  ssize_t length = readlink(path, target, sizeof target - 1);
  if (length < 0) return false;
  target[length] = '\0';
  char *last = strrchr(target, '/');
  if (last == NULL) return false;
  *last = '\0';
  char *parent = strrchr(target, '/');
  return parent != NULL && join(out, 32, parent + 1, NULL);
}

static bool is_called(const char *name, const char *label, struct partition *found) {
  char path[128], text[512], *rest = text;
  if (!join(path, sizeof path, BLOCK, name, "/uevent", NULL) || read_text(path, text, sizeof text) < 0) return false;
  bool same = false;
  found->number = 0;
  for (char *line; (line = next_line(&rest)) != NULL;) {
    char *value;
    if ((value = value_of(line, "PARTNAME=")) != NULL) same = strcmp(value, label) == 0;
    if ((value = value_of(line, "PARTN=")) != NULL) found->number = atoi(value);
  }
  return same && found->number > 0 && join(found->name, sizeof found->name, name, NULL) &&
         join(found->device, sizeof found->device, "/dev/", name, NULL) && disk_of(name, found->disk);
}

bool each_partition(const char *label, bool (*visit)(const struct partition *, void *), void *context) {
  DIR *entries = opendir(BLOCK);
  if (entries == NULL) return false;
  bool taken = false;
  struct partition found;
  for (struct dirent *entry; !taken && (entry = readdir(entries)) != NULL;)
    taken = entry->d_name[0] != '.' && is_called(entry->d_name, label, &found) && access(found.device, F_OK) == 0 &&
            visit(&found, context);
  closedir(entries);
  return taken;
}

struct wanted {
  const char *disk;
  struct partition *found;
};

static bool is_wanted(const struct partition *partition, void *context) {
  struct wanted *wanted = context;
  if (wanted->disk != NULL && strcmp(partition->disk, wanted->disk) != 0) return false;
  *wanted->found = *partition;
  return true;
}

bool find_partition(const char *label, const char *disk, unsigned wait_ms, struct partition *found) {
  unsigned long long until = now_ms() + wait_ms;
  struct wanted wanted = {disk, found};
  while (!each_partition(label, is_wanted, &wanted)) {
    if (now_ms() >= until) return false;
    feed_watchdog();
    usleep(10000);
  }
  return true;
}

// The only entry of a folder, as of /sys/dev/block/254:0/slaves.
static bool only_entry(const char *path, char out[32]) {
  DIR *entries = opendir(path);
  if (entries == NULL) return false;
  bool there = false;
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
    if (entry->d_name[0] != '.') there = join(out, 32, entry->d_name, NULL);
  closedir(entries);
  return there;
}

bool root_disk(char out[32]) {
  struct stat about;
  char path[96], major_text[21], minor_text[21], below[32];
  if (stat("/", &about) != 0) return false;
  join(path, sizeof path, "/sys/dev/block/", decimal(major(about.st_dev), major_text), ":",
       decimal(minor(about.st_dev), minor_text), "/slaves", NULL);
  return only_entry(path, below) && disk_of(below, out);
}
