#pragma once
#include "store.h"

namespace wasmtime_node {

// Names to things that a guest may import. Once it holds an item of a store, it only serves that store: Wasmtime ends
// the process otherwise.
class Linker final : public Handle {
 public:
  static constexpr Kind kKind = Kind::Linker;
  explicit Linker(Engine &from) : Handle(kKind), engine(&from), raw(wasmtime_linker_new(from.raw)) {}
  ~Linker() override {
    if (!closed_) dispose();
  }
  void bind(napi_env env, Store &store);
  const Ref<Engine> engine;
  wasmtime_linker_t *const raw;
  Ref<Store> store;

 protected:
  void dispose() override { wasmtime_linker_delete(raw); }
};

// A module with its imports resolved and checked.
class InstancePre final : public Handle {
 public:
  static constexpr Kind kKind = Kind::InstancePre;
  InstancePre(const Linker &linker, wasmtime_instance_pre_t *pre)
      : Handle(kKind), engine(linker.engine), store(linker.store), raw(pre) {}
  ~InstancePre() override {
    if (!closed_) dispose();
  }
  const Ref<Engine> engine;
  const Ref<Store> store;  // the only one it serves, when set
  wasmtime_instance_pre_t *const raw;

 protected:
  void dispose() override { wasmtime_instance_pre_delete(raw); }
};

void define_linker(napi_env env, napi_value exports);

}  // namespace wasmtime_node
