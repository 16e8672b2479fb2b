#pragma once

// Sets a dm-verity device called `name` up over `device`; `out` is its file, such as /dev/dm-0. `numbers` is
// ROOT-HASH,SALT,DATA-BLOCKS,HASH-OFFSET: hexadecimal, hexadecimal, blocks of 4096 bytes, bytes. What is wrong, or NULL.
const char *open_verity(const char *device, char *numbers, const char *name, char out[32]);
