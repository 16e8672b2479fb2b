// libFuzzer target for everything that native/framing.h and native/utf16.h do with bytes from outside, checked against
// plain restatements of the layouts. Built with AddressSanitizer and UndefinedBehaviorSanitizer by main.ts.
#include "framing.h"

#include <cstdio>
#include <string>

#include "utf16.h"

using namespace wasmtime_node;

namespace {

void require(bool holds, const char *what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

// The input's first bytes choose the shape, the rest is the batch.
struct Input {
  const uint8_t *data;
  size_t size;
  uint8_t byte() {
    if (size == 0) return 0;
    size--;
    return *data++;
  }
};

FrameShape shape_of(Input &input) {
  std::vector<Scalar> scalars(input.byte() % (kMaxScalars + 1));
  for (Scalar &scalar : scalars) scalar = static_cast<Scalar>(input.byte() % 3);
  return FrameShape(std::move(scalars), input.byte() % (kMaxSlots + 1));
}

bool inside(const uint8_t *at, size_t size, const Input &whole) {
  return at >= whole.data && at + size <= whole.data + whole.size;
}

// Each view lies in the batch, and a frame put together again from its views is the frame.
void check_frame(const FrameShape &shape, const Frame &frame, const Input &batch, size_t &at) {
  require(inside(frame.scalars, shape.scalar_bytes, batch), "scalars are inside");
  std::string rebuilt(reinterpret_cast<const char *>(frame.scalars), shape.scalar_bytes), bytes;
  for (uint32_t slot = 0; slot < shape.slots; slot++) {
    require(inside(frame.slots[slot].data, frame.slots[slot].size, batch), "a slot is inside");
    rebuilt.append(reinterpret_cast<const char *>(&frame.slots[slot].size), 4);
    bytes.append(reinterpret_cast<const char *>(frame.slots[slot].data), frame.slots[slot].size);
  }
  rebuilt += bytes;
  require(load_u32(batch.data + at) == rebuilt.size(), "the size is what follows");
  require(std::memcmp(batch.data + at + 4, rebuilt.data(), rebuilt.size()) == 0, "the frame is its views");
  at += 4 + rebuilt.size();
}

void fuzz_batch(Input input) {
  const FrameShape shape = shape_of(input);
  const int64_t count = count_frames(shape, input.data, input.size);
  BatchReader reader(shape, input.data, input.size);
  Frame frame;
  int64_t seen = 0;
  size_t at = 0;
  BatchReader::Step step;
  while ((step = reader.next(frame)) == BatchReader::Step::Frame) {
    check_frame(shape, frame, input, at);
    seen++;
  }
  require(step == BatchReader::Step::End ? count == seen && at == input.size : count == -1, "counting agrees with reading");
}

// Records of all sizes into a lent buffer that they may outgrow, with cuts; beside it a string that does the same.
void fuzz_effects(Input input) {
  const size_t limit = size_t{input.byte()} * 64;
  Effects effects(limit);
  for (uint8_t run = 0; run < 3; run++) {
    std::vector<uint8_t> lent(size_t{input.byte()} * 8);
    std::string expected;
    effects.begin(lent.empty() ? nullptr : lent.data(), lent.size());
    while (input.size > 0) {
      const uint8_t action = input.byte();
      if (action == 0) break;
      if (action == 1) {
        const size_t mark = input.byte();
        effects.truncate(mark);
        if (mark < expected.size()) expected.resize(mark);
        continue;
      }
      const uint64_t body = action == 2 ? uint64_t{UINT32_MAX} + input.byte() : uint64_t{input.byte()} * (action % 8);
      uint8_t *to = effects.append(run, action, body);
      require((to != nullptr) == (expected.size() + kRecordHeader + body <= limit), "the limit is kept, and no other");
      if (to == nullptr) continue;
      std::memset(to, action, body);
      const uint32_t header[3] = {static_cast<uint32_t>(body), run, action};
      expected.append(reinterpret_cast<const char *>(header), sizeof header).append(body, static_cast<char>(action));
    }
    require(effects.keep(), "memory");
    std::fill(lent.begin(), lent.end(), 0xee);
    require(effects.size() == expected.size() &&
                (expected.empty() || std::memcmp(effects.data(), expected.data(), expected.size()) == 0),
            "effects are what was appended");
  }
}

// The text is UTF-8 of at most three bytes per unit.
void fuzz_utf16(Input input) {
  const std::string text = utf16_to_utf8(input.data, input.size);
  require(text.size() <= input.size / 2 * 3, "no more than three bytes per unit");
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<uint8_t>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    require(lead < 0x80 || lead >= 0xc2, "a lead byte");
    require(i + length <= text.size(), "a whole sequence");
    for (size_t j = 1; j < length; j++) require((static_cast<uint8_t>(text[i + j]) & 0xc0) == 0x80, "a continuation byte");
    i += length;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Input input{data, size};
  switch (input.byte() % 3) {
    case 0: fuzz_batch(input); break;
    case 1: fuzz_effects(input); break;
    default: fuzz_utf16(input);
  }
  return 0;
}
