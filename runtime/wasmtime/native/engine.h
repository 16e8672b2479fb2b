#pragma once
#include <memory>

#include "handle.h"
#include "ticker.h"
#include "wasmtime_capi.h"

namespace wasmtime_node {

// Compiler, allocator and epoch. Lives until the last thing made from it is gone; close() only takes it from the user.
class Engine final : public Handle {
 public:
  static constexpr Kind kKind = Kind::Engine;
  Engine(wasm_engine_t *engine, uint32_t tick_ms, uintptr_t floor)
      : Handle(kKind), owned_(engine), raw(engine), stack_floor(floor), ticker(engine, tick_ms) {}

 private:
  struct Delete {
    void operator()(wasm_engine_t *engine) const { wasm_engine_delete(engine); }
  };
  // First member, so destroyed last: the ticker has been joined by then.
  const std::unique_ptr<wasm_engine_t, Delete> owned_;

 public:
  wasm_engine_t *const raw;
  // A guest entered with the stack pointer below this could run off the JavaScript thread's stack: Wasmtime counts
  // the guest's stack from where it is entered and does not know where the thread's ends.
  const uintptr_t stack_floor;
  Ticker ticker;

 protected:
  void dispose() override {}
};

void define_engine(napi_env env, napi_value exports);

}  // namespace wasmtime_node
