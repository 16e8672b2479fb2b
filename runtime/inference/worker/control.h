// The supervisor's words about models, on standard input, and the answers to them, on standard output. Little endian:
//
//   both ways:  u32 size of what follows │ u32 kind │ …
//   in    1 load     u32 session │ u32 threads │ the ONNX file
//         2 unload   u32 session      (after its last run was answered)
//   out   1 hello    u32 version of this protocol │ u32 Landlock's version, 0 without │ u32 1 with seccomp │ u32 user │ |version| version
//         2 loaded   u32 session │ u64 ns │ inputs and outputs (model.h)
//         3 refused  u32 session │ the reason as UTF-8
#pragma once
#include <atomic>

#include "model.h"
#include "sandbox.h"

namespace steppps {

constexpr uint32_t PROTOCOL_VERSION = 1;
constexpr uint32_t MAX_SESSIONS = 64;

// The models that are loaded, by session number. The control thread fills and empties it, the main thread looks in.
struct Sessions {
  std::atomic<Model *> at[MAX_SESSIONS] = {};
};

void say_hello(const char *library_version, const Sandbox &);

// Serves standard input to its end, and then ends the process: whoever it works for is gone. Runs on a thread of its own, so that
// runs go on while a model is loaded.
[[noreturn]] void serve_control(const Runtime &, Sessions &);

}  // namespace steppps
