// Memories, globals, tables and what an instance exports.
#include <cstring>

#include "store.h"

namespace wasmtime_node {
namespace {

template <typename T>
napi_value wrap(napi_env env, const char *kind, Store &store, const decltype(T::raw) &raw) {
  const Ref<T> item(new T(store, raw));
  napi_value result = make_object(env);
  set_property(env, result, "kind", make_string(env, kind));
  set_property(env, result, "value", item->external(env));
  return result;
}

// instanceExport(instance, name): {kind, value} or undefined
napi_value instance_export(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const Instance *instance = get<Instance>(env, arguments[0]);
  const std::string name = get_string(env, arguments[1]);
  Store &store = *instance->store;
  wasmtime_extern_t item;
  if (!wasmtime_instance_export_get(store.guest(env).context, &instance->raw, name.data(), name.size(), &item))
    return make_undefined(env);
  switch (item.kind) {
    case WASMTIME_EXTERN_MEMORY: return wrap<Memory>(env, "memory", store, item.of.memory);
    case WASMTIME_EXTERN_GLOBAL: return wrap<Global>(env, "global", store, item.of.global);
    case WASMTIME_EXTERN_TABLE: return wrap<Table>(env, "table", store, item.of.table);
    case WASMTIME_EXTERN_FUNC: {
      napi_value result = make_object(env);
      set_property(env, result, "kind", make_string(env, "func"));
      set_property(env, result, "value", make_func(env, store, item.of.func));
      return result;
    }
    default: wasmtime_extern_delete(&item); return make_undefined(env);
  }
}

// The range [offset, offset + size) of a memory, or a thrown error. Valid until the memory grows.
uint8_t *range(napi_env env, const Memory &memory, int64_t offset, size_t size) {
  wasmtime_context_t *context = memory.store->guest(env).context;
  const size_t total = wasmtime_memory_data_size(context, &memory.raw);
  if (offset < 0 || static_cast<uint64_t>(offset) > total || size > total - static_cast<size_t>(offset)) {
    fail(env, "range",
         std::to_string(size) + " bytes at " + std::to_string(offset) + " are not all in a memory of " + std::to_string(total) +
             " bytes");
  }
  return wasmtime_memory_data(context, &memory.raw) + offset;
}

// memoryRead(memory, offset, into)
napi_value memory_read(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  const Memory *memory = get<Memory>(env, arguments[0]);
  const ByteView into = get_bytes(env, arguments[2]);
  const uint8_t *from = range(env, *memory, get_int(env, arguments[1]), into.size);
  if (into.size > 0) std::memcpy(into.data, from, into.size);
  return nullptr;
}

// memoryWrite(memory, offset, bytes)
napi_value memory_write(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  const Memory *memory = get<Memory>(env, arguments[0]);
  const ByteView from = get_bytes(env, arguments[2]);
  uint8_t *to = range(env, *memory, get_int(env, arguments[1]), from.size);
  if (from.size > 0) std::memcpy(to, from.data, from.size);
  return nullptr;
}

// memorySize(memory): bytes
napi_value memory_size(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Memory *memory = get<Memory>(env, arguments[0]);
  return make_number(env, static_cast<double>(wasmtime_memory_data_size(memory->store->guest(env).context, &memory->raw)));
}

// memoryGrow(memory, pages): pages before
napi_value memory_grow(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const Memory *memory = get<Memory>(env, arguments[0]);
  uint64_t previous = 0;
  wasmtime_error_t *error = wasmtime_memory_grow(memory->store->guest(env).context, &memory->raw,
                                                 static_cast<uint64_t>(get_int(env, arguments[1])), &previous);
  if (error != nullptr) fail(env, "grow", take_message(error));
  return make_number(env, static_cast<double>(previous));
}

struct GlobalType {
  ValueType content;
  bool is_mutable;
};

GlobalType global_type(napi_env env, const Global &global) {
  wasm_globaltype_t *type = wasmtime_global_type(global.store->guest(env).context, &global.raw);
  const GlobalType result{value_type(wasm_globaltype_content(type)), wasm_globaltype_mutability(type) != 0};
  wasm_globaltype_delete(type);
  if (result.content > ValueType::F64)
    fail(env, "type", std::string("a global of type ") + value_type_name(result.content) + " can't be used from JavaScript");
  return result;
}

// globalGet(global): value
napi_value global_get(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Global *global = get<Global>(env, arguments[0]);
  const GlobalType type = global_type(env, *global);
  wasmtime_val_t value;
  wasmtime_global_get(global->store->guest(env).context, &global->raw, &value);
  wasmtime_val_raw_t raw;
  std::memcpy(&raw, &value.of, sizeof raw);
  return from_raw(env, type.content, raw);
}

// globalSet(global, value)
napi_value global_set(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  const Global *global = get<Global>(env, arguments[0]);
  const GlobalType type = global_type(env, *global);
  if (!type.is_mutable) fail(env, "immutable", "the global is constant");
  wasmtime_val_raw_t raw{};
  to_raw(env, type.content, arguments[1], &raw);
  wasmtime_val_t value{};
  value.kind = static_cast<uint8_t>(type.content);
  std::memcpy(&value.of, &raw, sizeof raw);
  if (wasmtime_error_t *error = wasmtime_global_set(global->store->guest(env).context, &global->raw, &value))
    fail(env, "type", take_message(error));
  return nullptr;
}

// tableSize(table): elements
napi_value table_size(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Table *table = get<Table>(env, arguments[0]);
  return make_number(env, static_cast<double>(wasmtime_table_size(table->store->guest(env).context, &table->raw)));
}

template <typename T>
T *get_if(napi_env env, napi_value value) {
  return find_handle(env, value, T::kKind) == nullptr ? nullptr : get<T>(env, value);
}

}  // namespace

BoundExtern extern_of(napi_env env, napi_value value) {
  BoundExtern bound{};
  if (const Func *func = func_of(env, value)) {
    bound.store = func->store.get();
    bound.item.kind = WASMTIME_EXTERN_FUNC;
    bound.item.of.func = func->raw;
  } else if (const Memory *memory = get_if<Memory>(env, value)) {
    bound.store = memory->store.get();
    bound.item.kind = WASMTIME_EXTERN_MEMORY;
    bound.item.of.memory = memory->raw;
  } else if (const Global *global = get_if<Global>(env, value)) {
    bound.store = global->store.get();
    bound.item.kind = WASMTIME_EXTERN_GLOBAL;
    bound.item.of.global = global->raw;
  } else if (const Table *table = get_if<Table>(env, value)) {
    bound.store = table->store.get();
    bound.item.kind = WASMTIME_EXTERN_TABLE;
    bound.item.of.table = table->raw;
  } else {
    fail(env, "type", "a function, memory, global or table of a guest was expected");
  }
  return bound;
}

void define_items(napi_env env, napi_value exports) {
  define(env, exports, "instanceExport", entry<instance_export>);
  define(env, exports, "memoryRead", entry<memory_read>);
  define(env, exports, "memoryWrite", entry<memory_write>);
  define(env, exports, "memorySize", entry<memory_size>);
  define(env, exports, "memoryGrow", entry<memory_grow>);
  define(env, exports, "globalGet", entry<global_get>);
  define(env, exports, "globalSet", entry<global_set>);
  define(env, exports, "tableSize", entry<table_size>);
}

}  // namespace wasmtime_node
