#pragma once
#include "partition.h"

#define PARTITION_ID 37 // "c12a7328-f81f-11d2-ba4b-00a0c93ec93b" and its NUL

// Makes the last partition of a GPT disk reach to the disk's end, on the disk and in the running kernel. NULL when it does
// now (or did), else what is wrong; then the table is as it was.
const char *grow_partition(const struct partition *partition);

// The partition's own GUID, in lower case. False where it can't be read.
bool partition_id(const struct partition *partition, char out[PARTITION_ID]);
