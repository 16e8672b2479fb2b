#pragma once
#include "engine.h"

namespace wasmtime_node {

// Compiled code. Instances keep what they need of it, so it can be closed while they live.
class Module final : public Handle {
 public:
  static constexpr Kind kKind = Kind::Module;
  Module(Engine &from, wasmtime_module_t *module) : Handle(kKind), engine(&from), raw(module) {}
  ~Module() override {
    if (!closed_) dispose();
  }
  const Ref<Engine> engine;
  wasmtime_module_t *const raw;

 protected:
  void dispose() override { wasmtime_module_delete(raw); }
};

void define_module(napi_env env, napi_value exports);

}  // namespace wasmtime_node
