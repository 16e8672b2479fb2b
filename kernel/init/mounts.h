#pragma once

// Which stage a mount belongs to: what the kernel serves comes first, what needs a disk later.
enum stage { STAGE_KERNEL, STAGE_SYSTEM };

// Mounts every row of the table that belongs to `stage` and isn't mounted yet.
void mount_all(enum stage stage);

// Makes `root` the root, with the kernel's file systems moved there; what the initramfs held is deleted, for it is memory.
void switch_root(const char *root);
