#include "engine.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace wasmtime_node {
namespace {

// The options arrive checked and complete (src/config.ts); here they are only handed on.
uint64_t number(napi_env env, napi_value options, const char *name) {
  return static_cast<uint64_t>(get_int(env, get_property(env, options, name)));
}

bool flag(napi_env env, napi_value options, const char *name) { return get_bool(env, get_property(env, options, name)); }

// Wasmtime aborts the process when it can't reserve the pools' address space, so try before it does.
bool can_reserve(uint64_t bytes) {
  void *at = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) return false;
  munmap(at, bytes);
  return true;
}

constexpr uintptr_t kHostStack = 256 * 1024;  // for what an import of the guest runs
constexpr size_t kUnlimitedStack = 8 * 1024 * 1024;

uintptr_t stack_floor(napi_env env, uint64_t guest_stack) {
  pthread_attr_t attributes;
  void *lowest = nullptr;
  size_t size = 0;
  if (pthread_getattr_np(pthread_self(), &attributes) != 0) fail(env, "thread", "the size of this thread's stack is unknown");
  pthread_attr_getstack(&attributes, &lowest, &size);
  pthread_attr_destroy(&attributes);
  const uintptr_t top = reinterpret_cast<uintptr_t>(lowest) + size;
  // The main thread's stack grows on demand up to the process's limit; musl tells only what has grown so far.
  if (getpid() == syscall(SYS_gettid)) {
    rlimit limit{};
    getrlimit(RLIMIT_STACK, &limit);
    size = limit.rlim_cur == RLIM_INFINITY ? kUnlimitedStack : limit.rlim_cur;
  }
  return top - size + guest_stack + kHostStack;
}

// What a free slot keeps mapped: the first pages are wiped by writing to them, which costs a tenth of giving them back to
// the kernel and faulting them in again.
constexpr size_t kMemoryKept = 64 * 1024;
constexpr size_t kTableKept = 4 * 1024;

void set_pooling(napi_env env, wasm_config_t *config, napi_value pooling) {
  const auto instances = static_cast<uint32_t>(number(env, pooling, "instances"));
  auto *pool = wasmtime_pooling_allocation_config_new();
  wasmtime_pooling_allocation_config_total_core_instances_set(pool, instances);
  wasmtime_pooling_allocation_config_total_memories_set(pool, instances);
  wasmtime_pooling_allocation_config_total_tables_set(pool, instances);
  wasmtime_pooling_allocation_config_total_stacks_set(pool, 0);
  wasmtime_pooling_allocation_config_total_gc_heaps_set(pool, 0);
  wasmtime_pooling_allocation_config_max_memories_per_module_set(pool, 1);
  wasmtime_pooling_allocation_config_max_tables_per_module_set(pool, 1);
  wasmtime_pooling_allocation_config_max_memory_size_set(pool, number(env, pooling, "memoryBytes"));
  wasmtime_pooling_allocation_config_table_elements_set(pool, number(env, pooling, "tableElements"));
  wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(pool, kMemoryKept);
  wasmtime_pooling_allocation_config_table_keep_resident_set(pool, kTableKept);
  wasmtime_pooling_allocation_strategy_set(config, pool);
  wasmtime_pooling_allocation_config_delete(pool);
}

// createEngine(options): Engine
napi_value create_engine(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  napi_value options = arguments[0];
  const uint64_t reservation = number(env, options, "memoryReservation");
  const uint64_t guard = number(env, options, "memoryGuardSize");
  const uint64_t stack = number(env, options, "maxWasmStack");
  const bool fuel = flag(env, options, "consumeFuel");
  const auto tick_ms = static_cast<uint32_t>(number(env, options, "tickMs"));
  const auto opt_level = static_cast<uint8_t>(number(env, options, "optLevel"));
  const bool nan = flag(env, options, "nanCanonicalization");
  const bool parallel = flag(env, options, "parallelCompilation");
  const bool simd = flag(env, options, "simd");
  napi_value pooling = get_property(env, options, "pooling");
  napi_valuetype pooling_type;
  check(env, napi_typeof(env, pooling, &pooling_type));
  if (pooling_type == napi_object) {
    const uint64_t slots = number(env, pooling, "instances");
    const uint64_t tables = slots * (number(env, pooling, "tableElements") * sizeof(void *) + 4096);
    if (!can_reserve(slots * (reservation + guard) + 2 * guard + tables)) {
      fail(env, "reservation",
           "the system does not give the address space for " + std::to_string(slots) +
               " pooled instances: use fewer or smaller ones, or raise its limit (ulimit -v, vm.overcommit_memory)");
    }
  }

  const uintptr_t floor = stack_floor(env, stack);

  wasm_config_t *config = wasm_config_new();
  wasmtime_config_epoch_interruption_set(config, true);
  wasmtime_config_consume_fuel_set(config, fuel);
  wasmtime_config_async_stack_size_set(config, stack);  // never used, but must not be smaller
  wasmtime_config_max_wasm_stack_set(config, stack);
  wasmtime_config_cranelift_nan_canonicalization_set(config, nan);
  wasmtime_config_cranelift_opt_level_set(config, opt_level);
  wasmtime_config_parallel_compilation_set(config, parallel);
  wasmtime_config_memory_reservation_set(config, reservation);
  wasmtime_config_memory_guard_size_set(config, guard);
  // A memory then grows within its reservation or not at all, so its address is worth remembering.
  wasmtime_config_memory_may_move_set(config, false);
  // Only what a plain, deterministic core module needs; each proposal left out is code that no guest can reach.
  wasmtime_config_wasm_relaxed_simd_set(config, false);
  wasmtime_config_wasm_simd_set(config, simd);
  wasmtime_config_wasm_threads_set(config, false);
  wasmtime_config_shared_memory_set(config, false);
  wasmtime_config_wasm_memory64_set(config, false);
  wasmtime_config_wasm_multi_memory_set(config, false);
  wasmtime_config_wasm_exceptions_set(config, false);
  wasmtime_config_wasm_gc_set(config, false);
  wasmtime_config_wasm_function_references_set(config, false);
  wasmtime_config_wasm_stack_switching_set(config, false);
  wasmtime_config_gc_support_set(config, false);
  if (pooling_type == napi_object) set_pooling(env, config, pooling);

  Ref<Engine> engine(new Engine(wasm_engine_new_with_config(config), tick_ms, floor));
  if (!engine->ticker.start()) fail(env, "thread", "the system gives no thread for the epoch ticker");
  return engine->external(env);
}

}  // namespace

void define_engine(napi_env env, napi_value exports) { define(env, exports, "createEngine", entry<create_engine>); }

}  // namespace wasmtime_node
