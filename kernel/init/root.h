// The root file system of a slot, under dm-verity.
#pragma once

// The slot to start from `disk`: the one that the boot loader names, or the other one (starts.h).
char choose_slot(const char *disk);

// Makes the root of `slot` on `disk` the root, and runs its PID 1 as the second stage.
__attribute__((noreturn)) void enter_root(const char *disk, char slot);

// The slot that the boot loader names.
char named_slot(void);

// The slot whose root this is: what the first stage wrote down.
char entered_slot(void);
