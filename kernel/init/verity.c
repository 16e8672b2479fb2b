// What `veritysetup open --no-superblock` does: linux/Documentation/admin-guide/device-mapper/verity.rst, linux/dm-ioctl.h.
#include "verity.h"

#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "text.h"

#define BLOCK 4096
#define SECTOR 512

struct request {
  struct dm_ioctl head;
  struct dm_target_spec target;
  char parameters[512];
};

static int ask(int control, unsigned long command, const char *name, struct request *request) {
  struct dm_ioctl *head = &request->head;
  head->version[0] = DM_VERSION_MAJOR;
  head->data_size = sizeof *request;
  head->data_start = sizeof *head;
  join(head->name, sizeof head->name, name, NULL);
  return ioctl(control, command, request);
}

const char *open_verity(const char *device, char *numbers, const char *name, enum corruption corruption, char out[32]) {
  char *state, *field[4];
  for (int i = 0; i < 4; i++)
    if ((field[i] = strtok_r(i == 0 ? numbers : NULL, ",", &state)) == NULL) return "the numbers for verity are not HASH,SALT,BLOCKS,OFFSET";
  char *blocks = field[2], hash_start[21], number[21];
  decimal(strtoull(field[3], NULL, 10) / BLOCK, hash_start);

  int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
  if (control < 0) return "the kernel has no device mapper";
  struct request create = {0}, load = {0}, resume = {0};
  load.head.flags = DM_READONLY_FLAG;
  load.head.target_count = 1;
  load.target.length = strtoull(blocks, NULL, 10) * (BLOCK / SECTOR);
  strcpy(load.target.target_type, "verity");
  bool fits = join(load.parameters, sizeof load.parameters, "1 ", device, " ", device, " 4096 4096 ", blocks, " ", hash_start,
                   " sha256 ", field[0], " ", field[1],
                   corruption == CORRUPTION_PANICS ? " 1 panic_on_corruption" : "", NULL);
  const char *problem = NULL;
  if (!fits) problem = "the numbers for verity are too long";
  else if (ask(control, DM_DEV_CREATE, name, &create) != 0) problem = "the verity device could not be made";
  else if (ask(control, DM_TABLE_LOAD, name, &load) != 0) problem = "the kernel refused the verity table";
  else if (ask(control, DM_DEV_SUSPEND, name, &resume) != 0) problem = "the verity device did not start"; // without DM_SUSPEND_FLAG: resume
  close(control);
  join(out, 32, "/dev/dm-", decimal(minor(create.head.dev), number), NULL);
  return problem;
}

void close_verity_later(const char *name) {
  struct request remove = {.head.flags = DM_DEFERRED_REMOVE};
  int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
  if (control < 0) return;
  ask(control, DM_DEV_REMOVE, name, &remove);
  close(control);
}

bool verity_is_corrupt(const char *name) {
  struct request status = {0};
  int control = open("/dev/mapper/control", O_RDWR | O_CLOEXEC);
  if (control < 0) return false;
  bool told = ask(control, DM_TABLE_STATUS, name, &status) == 0 && status.head.target_count == 1;
  close(control);
  // The target's words follow its row: "V" while all is well, "C" for good once a block was not.
  return told && ((const char *)&status)[status.head.data_start + sizeof(struct dm_target_spec)] == 'C';
}
