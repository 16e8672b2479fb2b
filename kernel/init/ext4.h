// What PID 1 needs to know of an ext4 file system: linux/fs/ext4/ext4.h, struct ext4_super_block.
#pragma once
#include <stdbool.h>

// Whether it was unmounted properly and no error was noted in it. False also where there is none.
bool ext4_is_clean(const char *device);

// Makes the mounted file system at `path` as large as `device`, in a process of its own, since it may take a while.
void ext4_grow_later(const char *device, const char *path);
