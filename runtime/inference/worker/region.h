// The memory that the supervisor and this process share, little endian. runtime/inference/native/region.ts is the other side.
//
//       0  u32 mark 'STIN' │ u32 version │ u32 size of all
//      64  u32 submitted     how many runs the supervisor has put into its ring, ever
//     128  u32 completed     how many this process has put into its own
//     192  u32 asleep        1 while this process waits for its signal: only then it has to be raised
//     256  u32 submission[64]   numbers of runs, round and round
//     512  u32 completion[64]
//    1024  run[64], 64 bytes each:
//            0 u32 session │ 4 u32 status │ 8 u64 deadline, ns of CLOCK_MONOTONIC
//           16 u32 input offset │ 20 u32 input size │ 24 u32 output offset │ 28 u32 output capacity
//           32 u32 output size │ 36 u32 bytes copied │ 40 u64 ns in the model
//    8192  input and output frames (contract/tensor.ts), each at a multiple of 64, where the supervisor puts them
//
// The supervisor writes all but status, output size, copied and ns of a run, and `completed`, `completion` and `asleep`. A run is in
// flight from its submission to its completion and belongs to this process for that time, with its two areas; a number is in one
// ring at most, so neither ring overflows. The memory is a sealed memfd: nobody can make it shorter under the other.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace steppps {

constexpr uint32_t REGION_MARK = 0x4e495453;
constexpr uint32_t REGION_VERSION = 1;
constexpr uint32_t RUNS = 64;
constexpr uint32_t FRAMES_AT = 8192;

enum RunStatus : uint32_t {
  RUN_OK = 0,
  RUN_DEADLINE = 1,     // stopped
  RUN_FAILED = 2,       // the output area has the reason as UTF-8, of `output size` bytes
  RUN_TOO_SMALL = 3,    // `output size` is what the output area would have to be
  RUN_NO_SESSION = 4,
};

struct RunSlot {
  uint32_t session;
  uint32_t status;
  uint64_t deadline;
  uint32_t input_at, input_size;
  uint32_t output_at, output_capacity;
  uint32_t output_size;
  uint32_t copied;
  uint64_t nanoseconds;
  uint8_t unused[16];
};
static_assert(sizeof(RunSlot) == 64, "as drawn");

struct Region {
  uint32_t mark, version, size;
  alignas(64) uint32_t submitted;
  alignas(64) uint32_t completed;
  alignas(64) uint32_t asleep;
  alignas(64) uint32_t submission[RUNS];
  uint32_t completion[RUNS];
  alignas(1024) RunSlot run[RUNS];
};
static_assert(offsetof(Region, completion) == 512 && offsetof(Region, run) == 1024, "as drawn");

}  // namespace steppps
