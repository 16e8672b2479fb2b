#pragma once
#include <stdbool.h>

// The data partition at /data, checked, repaired, as large as the card; /var on it. Where it can't be mounted, /data is
// memory, so that the supervisor can still come up and say so.
void mount_data(const char *disk);

// The FAT partition at /boot, read-only. An unreadable one is left out.
void mount_boot(const char *disk);

// Asks for a factory reset at the next start. False when it can't be written down.
bool ask_factory_reset(void);

// Unmounts what mount_data and mount_boot did, or makes it read-only.
void unmount_disks(void);
