#pragma once

// Sets the dm-verity device /dev/dm-0 up over `device`. `numbers` is ROOT-HASH,SALT,DATA-BLOCKS,HASH-OFFSET: hexadecimal,
// hexadecimal, blocks of 4096 bytes, bytes. What is wrong, or NULL.
const char *open_verity(const char *device, char *numbers);
