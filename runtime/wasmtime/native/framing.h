// The two byte layouts that cross between JavaScript and a reactor. All integers are little endian, nothing is padded.
//
//   batch   = frame*
//   frame   = u32 size of what follows | scalars in order | u32 length of each slot | slot bytes back to back
//   effects = record*
//   record  = u32 size of the body | u32 input index | u32 call index | body
//   body    = per argument: i32 4 bytes | i64, f64 8 bytes | bytes: u32 length, then the bytes
//
// Nothing here knows Node-API or Wasmtime, so that a fuzzer can drive it alone (tests/fuzz/wasmtime).
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace wasmtime_node {

enum class Scalar : uint8_t { I32, I64, F64 };
enum class Argument : uint8_t { I32, I64, F64, Bytes };

constexpr size_t kMaxScalars = 32;
constexpr size_t kMaxSlots = 32;
constexpr size_t kMaxArguments = 16;
constexpr size_t kRecordHeader = 12;

inline size_t scalar_size(Scalar type) { return type == Scalar::I32 ? 4 : 8; }

inline uint32_t load_u32(const uint8_t *from) {
  uint32_t value;
  std::memcpy(&value, from, 4);
  return value;
}

// Plain, without initial values: these are made in bulk on the fast path and always written before they are read.
struct Span {
  const uint8_t *data;
  uint32_t size;
};

// What every frame of a batch looks like; fixed when a reactor is made.
struct FrameShape {
  std::vector<Scalar> scalars;
  uint32_t slots = 0;
  size_t scalar_bytes = 0;

  FrameShape() = default;
  FrameShape(std::vector<Scalar> types, uint32_t slot_count) : scalars(std::move(types)), slots(slot_count) {
    for (Scalar type : scalars) scalar_bytes += scalar_size(type);
  }
};

// One input, as views into the batch.
struct Frame {
  const uint8_t *scalars;
  Span slots[kMaxSlots];
};

// Walks a batch. Every step checks its bounds again, so that a batch in shared memory that changes under the reader
// can give wrong values but never a view outside of the batch.
class BatchReader {
 public:
  enum class Step { Frame, End, Malformed };

  BatchReader(const FrameShape &shape, const uint8_t *data, size_t size) : shape_(shape), at_(data), left_(size) {}

  Step next(Frame &frame) {
    if (left_ == 0) return Step::End;
    if (left_ < 4) return Step::Malformed;
    const size_t size = load_u32(at_);
    if (size > left_ - 4) return Step::Malformed;
    const size_t fixed = shape_.scalar_bytes + size_t{4} * shape_.slots;
    if (size < fixed) return Step::Malformed;
    frame.scalars = at_ + 4;
    const uint8_t *lengths = frame.scalars + shape_.scalar_bytes;
    const uint8_t *bytes = frame.scalars + fixed;
    size_t rest = size - fixed;
    for (uint32_t slot = 0; slot < shape_.slots; slot++) {
      const uint32_t length = load_u32(lengths + size_t{4} * slot);
      if (length > rest) return Step::Malformed;
      frame.slots[slot] = {bytes, length};
      bytes += length;
      rest -= length;
    }
    if (rest != 0) return Step::Malformed;
    at_ += 4 + size;
    left_ -= 4 + size;
    return Step::Frame;
  }

 private:
  const FrameShape &shape_;
  const uint8_t *at_;
  size_t left_;
};

// The number of frames, or -1 when the batch is malformed.
inline int64_t count_frames(const FrameShape &shape, const uint8_t *data, size_t size) {
  BatchReader reader(shape, data, size);
  Frame frame;
  for (int64_t count = 0;; count++) {
    const BatchReader::Step step = reader.next(frame);
    if (step == BatchReader::Step::End) return count;
    if (step == BatchReader::Step::Malformed) return -1;
  }
}

// The effects of one run: in a buffer that the caller lends for it or, once they outgrow that, in storage of their own,
// which is kept from run to run.
class Effects {
 public:
  explicit Effects(size_t limit) : limit_(limit) {}
  ~Effects() { std::free(own_); }
  Effects(const Effects &) = delete;
  Effects &operator=(const Effects &) = delete;

  // Begins a run. `lent` may be null; otherwise it must stay valid until the next run, or until keep().
  void begin(uint8_t *lent, size_t capacity) {
    data_ = lent;
    capacity_ = lent == nullptr ? 0 : capacity;
    size_ = 0;
  }
  const uint8_t *data() const { return data_; }
  size_t size() const { return size_; }
  bool in_lent() const { return data_ != own_; }
  void truncate(size_t size) {
    if (size < size_) size_ = size;
  }
  // Takes the effects out of the lent buffer.
  bool keep() { return !in_lent() || move_to_own(size_); }

  // Appends a record and returns where its body of `body` bytes is to be written, or null beyond the limit.
  uint8_t *append(uint32_t input, uint32_t call, uint64_t body) {
    const uint64_t size = size_ + kRecordHeader + body;
    if (body > UINT32_MAX || size > limit_) return nullptr;
    if (size > capacity_ && !move_to_own(static_cast<size_t>(size))) return nullptr;
    const uint32_t header[3] = {static_cast<uint32_t>(body), input, call};
    uint8_t *at = data_ + size_;
    std::memcpy(at, header, kRecordHeader);
    size_ = static_cast<size_t>(size);
    return at + kRecordHeader;
  }

 private:
  bool move_to_own(size_t needed) {
    if (needed > own_capacity_) {
      size_t capacity = own_capacity_ < 4096 ? 4096 : own_capacity_;
      while (capacity < needed) capacity *= 2;
      void *grown = std::realloc(own_, capacity);
      if (grown == nullptr) return false;
      if (data_ == own_) data_ = static_cast<uint8_t *>(grown);
      own_ = static_cast<uint8_t *>(grown);
      own_capacity_ = capacity;
    }
    if (data_ != own_ && size_ > 0) std::memcpy(own_, data_, size_);
    data_ = own_;
    capacity_ = own_capacity_;
    return true;
  }

  const size_t limit_;
  uint8_t *data_ = nullptr;
  size_t capacity_ = 0;
  size_t size_ = 0;
  uint8_t *own_ = nullptr;
  size_t own_capacity_ = 0;
};

}  // namespace wasmtime_node
