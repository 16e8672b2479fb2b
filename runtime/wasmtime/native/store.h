// The store of the public API and the things that live in one. Each of them keeps its store; a closed store makes all
// of them answer "closed".
#pragma once
#include <algorithm>
#include <memory>

#include "guest.h"
#include "types.h"

namespace wasmtime_node {

class Store final : public Handle {
 public:
  static constexpr Kind kKind = Kind::Store;
  Store(napi_env env, Engine &engine, const Limits &limits, uint64_t deadline_ticks)
      : Handle(kKind), deadline_ticks_(deadline_ticks), guest_(std::make_unique<Guest>(env, engine, limits)) {}
  ~Store() override {
    if (!closed_) dispose();
  }
  const char *in_use() const override { return guest_->running() ? "a guest is running in it" : nullptr; }
  // The open guest, or a thrown error.
  Guest &guest(napi_env env) {
    if (closed_) fail(env, "closed", "Store is closed");
    return *guest_;
  }
  // Every outermost call gets the whole deadline; a call out of an import runs on what its caller has left.
  void set_deadline(uint64_t ticks) { deadline_ticks_ = ticks; }
  void prepare_call() {
    if (!guest_->running()) guest_->set_deadline(deadline_ticks_);
  }

 protected:
  void dispose() override { guest_.reset(); }

 private:
  uint64_t deadline_ticks_;
  std::unique_ptr<Guest> guest_;
};

// Something that lives in a store; close() has nothing to free.
template <Kind K, typename Raw>
class Item final : public Handle {
 public:
  static constexpr Kind kKind = K;
  Item(Store &in, const Raw &item) : Handle(K), store(&in), raw(item) {}
  const Ref<Store> store;
  const Raw raw;

 protected:
  void dispose() override {}
};

using Memory = Item<Kind::Memory, wasmtime_memory_t>;
using Global = Item<Kind::Global, wasmtime_global_t>;
using Table = Item<Kind::Table, wasmtime_table_t>;
using Instance = Item<Kind::Instance, wasmtime_instance_t>;

// A function of a guest. JavaScript holds it as a function object, so that a call has no handle to unwrap.
class Func final : public Handle {
 public:
  static constexpr Kind kKind = Kind::Func;
  Func(Store &in, const wasmtime_func_t &func, FuncType of_type)
      : Handle(kKind),
        store(&in),
        raw(func),
        type(std::move(of_type)),
        values(std::max(type.params.size(), type.results.size())),
        crosses(type.crosses()) {}
  const Ref<Store> store;
  const wasmtime_func_t raw;
  const FuncType type;
  const size_t values;  // parameters and results share their places
  const bool crosses;

 protected:
  void dispose() override {}
};

// A new function object for `func`.
napi_value make_func(napi_env env, Store &store, const wasmtime_func_t &func);
// The function behind a function object, or null.
Func *func_of(napi_env env, napi_value value);

struct BoundExtern {
  Store *store;
  wasmtime_extern_t item;
};
// The item behind a function object or a Memory, Global or Table handle, or a thrown error.
BoundExtern extern_of(napi_env env, napi_value value);

void define_store(napi_env env, napi_value exports);
void define_items(napi_env env, napi_value exports);

}  // namespace wasmtime_node
