#include "crc32.h"

uint32_t crc32(const void *data, size_t length) {
  uint32_t crc = ~0u;
  for (const uint8_t *byte = data; length > 0; byte++, length--) {
    crc ^= *byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xEDB88320u & -(crc & 1));
  }
  return ~crc;
}
