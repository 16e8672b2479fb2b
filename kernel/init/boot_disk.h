// The disk that this machine was started from. A stick or a second disk may bear the same partition names, for instance a copy of
// the same image: nothing of it may be taken for root or data.
#pragma once
#include <stdbool.h>

// Of the disks with a partition `label`, in this order: the one whose boot partition the boot loader names
// (LoaderDevicePartUUID, systemd.io/BOOT_LOADER_INTERFACE), one that isn't on USB, one on USB. A better one is waited for a while.
bool find_boot_disk(const char *label, unsigned wait_ms, char out[32]);
