// A store and what a call into it needs around it. The Store of the public API and each Reactor own one.
#pragma once
#include <utility>

#include "engine.h"
#include "trap.h"

namespace wasmtime_node {

struct Limits {
  int64_t memory_bytes;
  int64_t table_elements;
  int64_t instances;
  int64_t tables;
  int64_t memories;
};

class Guest {
 public:
  Guest(napi_env env, Engine &from, const Limits &limits);
  ~Guest();
  Guest(const Guest &) = delete;
  Guest &operator=(const Guest &) = delete;
  // The guest that a host function was called by.
  static Guest *of(wasmtime_caller_t *caller);

  // Around every entry from the JavaScript thread. Throws when the thread's stack is nearly used up.
  void enter() {
    if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < engine->stack_floor) [[unlikely]]
      fail(env, "stack", "too little stack is left on this thread to run a guest");
    depth_++;
    engine->ticker.enter();
  }
  void leave() {
    engine->ticker.leave();
    depth_--;
  }
  // Sets the epoch deadline `ticks` from now, unless it is there already.
  void set_deadline(uint64_t ticks) {
    const uint64_t now = engine->ticker.ticks();
    if (now == deadline_set_at_ && ticks == deadline_ticks_) return;
    wasmtime_context_set_epoch_deadline(context, ticks);
    deadline_set_at_ = now;
    deadline_ticks_ = ticks;
  }
  bool running() const { return depth_ > 0; }

  // Keeps the pending JavaScript exception until the guest has been unwound, and the trap that unwinds it.
  wasm_trap_t *stash_exception();
  // A trap of the host's own: `code` reaches JavaScript, whatever Wasmtime makes of the trap on its way.
  wasm_trap_t *stop(const char *code, std::string message);
  // What ended the call: takes over `error` or `trap`. `code` names an error that is neither a trap nor a stop.
  TrapReport report(wasmtime_error_t *error, wasm_trap_t *trap, const char *code);
  // Throws it: the stashed JavaScript exception itself, or an error of the package.
  [[noreturn]] void rethrow(wasmtime_error_t *error, wasm_trap_t *trap, const char *code);
  // The stashed exception, thrown again, when there is one.
  void rethrow_stashed();

  const napi_env env;
  const Ref<Engine> engine;
  wasmtime_store_t *const store;
  wasmtime_context_t *const context;

 private:
  uint32_t depth_ = 0;
  uint64_t deadline_set_at_ = UINT64_MAX;
  uint64_t deadline_ticks_ = 0;
  napi_ref exception_ = nullptr;  // an array that holds it, as a primitive can't be referenced
  const char *stop_code_ = nullptr;
  std::string stop_message_;
};

}  // namespace wasmtime_node
