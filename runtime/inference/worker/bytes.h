// Bytes of a bounded length, written one after the other. What doesn't fit is left out and remembered.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace steppps {

struct Writer {
  uint8_t *data;
  size_t capacity;
  size_t size = 0;
  bool overflowed = false;

  void put(const void *bytes, size_t length) {
    if (length > capacity - size) {
      overflowed = true;
      length = capacity - size;
    }
    memcpy(data + size, bytes, length);
    size += length;
  }
  void u32(uint32_t value) { put(&value, sizeof value); }
  void u64(uint64_t value) { put(&value, sizeof value); }
  void text(const char *value) { put(value, strlen(value)); }
  void sized_text(const char *value) {
    u32(static_cast<uint32_t>(strlen(value)));
    text(value);
  }
};

}  // namespace steppps
