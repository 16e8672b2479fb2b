#pragma once
#include <stddef.h>
#include <stdint.h>

// CRC-32 as GPT has it: reflected, polynomial 0xEDB88320.
uint32_t crc32(const void *data, size_t length);
