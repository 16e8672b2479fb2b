#pragma once
#include "partition.h"

// Makes the last partition of a GPT disk reach to the disk's end, on the disk and in the running kernel. NULL when it does
// now (or did), else what is wrong; then the table is as it was.
const char *grow_partition(const struct partition *partition);
