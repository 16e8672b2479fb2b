#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace wasmtime_node {

// UTF-16LE to UTF-8; a lone surrogate becomes U+FFFD, an odd last byte is dropped.
inline std::string utf16_to_utf8(const uint8_t *bytes, size_t size) {
  const auto unit = [bytes](size_t i) { return static_cast<uint32_t>(bytes[2 * i] | bytes[2 * i + 1] << 8); };
  std::string text;
  for (size_t i = 0, count = size / 2; i < count; i++) {
    uint32_t point = unit(i);
    if (point >= 0xd800 && point < 0xe000) {
      const uint32_t low = point < 0xdc00 && i + 1 < count ? unit(i + 1) : 0;
      const bool pair = low >= 0xdc00 && low < 0xe000;
      point = pair ? 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
      if (pair) i++;
    }
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += static_cast<char>(0xc0 | point >> 6);
      text += static_cast<char>(0x80 | (point & 0x3f));
    } else {
      if (point < 0x10000) {
        text += static_cast<char>(0xe0 | point >> 12);
      } else {
        text += static_cast<char>(0xf0 | point >> 18);
        text += static_cast<char>(0x80 | (point >> 12 & 0x3f));
      }
      text += static_cast<char>(0x80 | (point >> 6 & 0x3f));
      text += static_cast<char>(0x80 | (point & 0x3f));
    }
  }
  return text;
}

}  // namespace wasmtime_node
