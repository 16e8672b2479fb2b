// Partitions by their GPT names, as the kernel tells them in /sys/class/block/*/uevent.
#pragma once
#include <stdbool.h>

struct partition {
  char disk[32];   // "vda"
  char name[32];   // "vda2"
  char device[48]; // "/dev/vda2"
  int number;      // 2
};

// Calls `visit` for each partition called `label` until it returns true; whether it did.
bool each_partition(const char *label, bool (*visit)(const struct partition *, void *), void *context);

// The partition called `label`; on the disk called `disk` unless that is NULL. Waits up to `wait_ms` for it to appear, because
// disks are found while this runs.
bool find_partition(const char *label, const char *disk, unsigned wait_ms, struct partition *found);

// The disk that the root file system lies on, below dm-verity.
bool root_disk(char out[32]);
