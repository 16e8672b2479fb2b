// What the frames of tensors (contract/tensor.ts) are made of.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace steppps {

inline size_t aligned(size_t at) { return (at + 15) & ~size_t{15}; }

// 0 for the types that don't cross.
inline size_t element_bytes(int type) {
  switch (type) {
    case 1: case 6: case 12: return 4;   // float32, int32, uint32
    case 2: case 3: case 9: return 1;    // uint8, int8, bool
    case 4: case 5: case 10: return 2;   // uint16, int16, float16
    case 7: case 11: case 13: return 8;  // int64, float64, uint64
    default: return 0;
  }
}

// How many bytes such a tensor takes; false when they are more than a frame may have.
inline bool tensor_bytes(int type, const int64_t *dims, size_t rank, size_t &bytes) {
  constexpr uint64_t MOST = uint64_t{1} << 31;
  uint64_t size = element_bytes(type);
  if (size == 0) return false;
  for (size_t dim = 0; dim < rank; dim++)
    if (dims[dim] < 0 || __builtin_mul_overflow(size, static_cast<uint64_t>(dims[dim]), &size) || size > MOST) return false;
  bytes = size;
  return true;
}

}  // namespace steppps
