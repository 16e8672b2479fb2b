#pragma once
#include <stdbool.h>

// What a block that isn't what it was gives.
enum corruption {
  CORRUPTION_PANICS, // the machine can't go on without the device
  CORRUPTION_FAILS,  // whoever reads it gets EIO
};

// Sets a dm-verity device called `name` up over `device`; `out` is its file, such as /dev/dm-0. `numbers` is
// ROOT-HASH,SALT,DATA-BLOCKS,HASH-OFFSET: hexadecimal, hexadecimal, blocks of 4096 bytes, bytes. What is wrong, or NULL.
const char *open_verity(const char *device, char *numbers, const char *name, enum corruption corruption, char out[32]);

// Has the device go when nothing uses it any more.
void close_verity_later(const char *name);

// Whether a block of it was found to be another. False also where there is no such device.
bool verity_is_corrupt(const char *name);
