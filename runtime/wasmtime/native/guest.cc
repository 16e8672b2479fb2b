#include "guest.h"

namespace wasmtime_node {
namespace {
// What a store weighs beyond its JavaScript object, so that the garbage collector knows that it is worth collecting.
constexpr int64_t kWeight = 32 * 1024;

void weigh(napi_env env, int64_t change) {
  int64_t total = 0;
  napi_adjust_external_memory(env, change, &total);
}
}  // namespace

Guest::Guest(napi_env e, Engine &from, const Limits &limits)
    : env(e), engine(&from), store(wasmtime_store_new(from.raw, this, nullptr)), context(wasmtime_store_context(store)) {
  wasmtime_store_limiter(store, limits.memory_bytes, limits.table_elements, limits.instances, limits.tables, limits.memories);
  weigh(env, kWeight);
}

Guest::~Guest() {
  weigh(env, -kWeight);
  wasmtime_store_delete(store);
  if (exception_ != nullptr) napi_delete_reference(env, exception_);
}

Guest *Guest::of(wasmtime_caller_t *caller) {
  return static_cast<Guest *>(wasmtime_context_get_data(wasmtime_caller_context(caller)));
}

wasm_trap_t *Guest::stash_exception() {
  napi_value exception, holder;
  if (exception_ == nullptr && napi_get_and_clear_last_exception(env, &exception) == napi_ok &&
      napi_create_array_with_length(env, 1, &holder) == napi_ok && napi_set_element(env, holder, 0, exception) == napi_ok) {
    napi_create_reference(env, holder, 1, &exception_);
  }
  static constexpr char kMessage[] = "a JavaScript import threw";
  return wasmtime_trap_new(kMessage, sizeof kMessage - 1);
}

wasm_trap_t *Guest::stop(const char *code, std::string message) {
  stop_code_ = code;
  stop_message_ = std::move(message);
  return wasmtime_trap_new(stop_message_.data(), stop_message_.size());
}

TrapReport Guest::report(wasmtime_error_t *error, wasm_trap_t *trap, const char *code) {
  const char *stopped = std::exchange(stop_code_, nullptr);
  TrapReport result = take_report(error, trap, stopped != nullptr ? stopped : code);
  if (stopped != nullptr) {
    result.code = stopped;
    result.message = std::move(stop_message_);
    result.from_guest = true;
  }
  return result;
}

void Guest::rethrow_stashed() {
  if (exception_ == nullptr) return;
  napi_value holder;
  check(env, napi_get_reference_value(env, exception_, &holder));
  napi_value exception = get_element(env, holder, 0);
  check(env, napi_delete_reference(env, std::exchange(exception_, nullptr)));
  check(env, napi_throw(env, exception));
  throw Pending{};
}

void Guest::rethrow(wasmtime_error_t *error, wasm_trap_t *trap, const char *code) {
  const TrapReport trapped = report(error, trap, code);
  rethrow_stashed();
  fail(env, trapped);
}

}  // namespace wasmtime_node
