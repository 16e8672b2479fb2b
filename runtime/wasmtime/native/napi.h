// Node-API, made short: a failing call becomes a C++ exception that the entry point turns back into a JavaScript one.
// No exception ever crosses a frame that is not ours: each function that Node or Wasmtime calls catches its own.
#pragma once
#define NAPI_VERSION 9
#include <node_api.h>

#include <string>
#include <vector>

namespace wasmtime_node {

// A JavaScript exception is pending in the environment.
struct Pending {};

// State of the addon in one environment (the main thread or one worker).
struct Addon {
  napi_ref make_error = nullptr;  // (code, message, frames | undefined) => Error
};

struct TrapReport;

// Throws the package's own error class with `code`; see src/errors.ts for the codes.
[[noreturn]] void fail(napi_env env, const char *code, const std::string &message);
[[noreturn]] void fail(napi_env env, const TrapReport &trap);
[[noreturn]] void raise(napi_env env, napi_status status);
napi_value make_error(napi_env env, const char *code, const std::string &message);
napi_value make_error(napi_env env, const TrapReport &trap);

inline void check(napi_env env, napi_status status) {
  if (status != napi_ok) [[unlikely]]
    raise(env, status);
}

// The first N arguments of a call; missing ones are undefined.
template <size_t N>
struct Arguments {
  napi_value at[N];
  size_t count = N;
  void *data = nullptr;
  Arguments(napi_env env, napi_callback_info info) { check(env, napi_get_cb_info(env, info, &count, at, nullptr, &data)); }
  napi_value operator[](size_t index) const { return at[index]; }
};

template <napi_value (*Body)(napi_env, napi_callback_info)>
napi_value entry(napi_env env, napi_callback_info info) {
  try {
    return Body(env, info);
  } catch (const Pending &) {
    return nullptr;
  } catch (const std::bad_alloc &) {
    napi_throw_error(env, "out-of-memory", "out of memory");
    return nullptr;
  }
}

// A run of bytes that JavaScript owns; valid until JavaScript runs again.
struct ByteView {
  uint8_t *data;
  size_t size;
};

ByteView get_bytes(napi_env env, napi_value value);
std::string get_string(napi_env env, napi_value value);
int64_t get_int(napi_env env, napi_value value);
bool get_bool(napi_env env, napi_value value);
napi_value get_property(napi_env env, napi_value object, const char *name);
uint32_t get_length(napi_env env, napi_value array);
napi_value get_element(napi_env env, napi_value array, uint32_t index);

napi_value make_string(napi_env env, const char *text, size_t size);
napi_value make_string(napi_env env, const std::string &text);
napi_value make_number(napi_env env, double value);
napi_value make_undefined(napi_env env);
napi_value make_object(napi_env env);
napi_value make_array(napi_env env);
napi_value make_bytes(napi_env env, const void *data, size_t size);
void set_property(napi_env env, napi_value object, const char *name, napi_value value);
void push(napi_env env, napi_value array, uint32_t index, napi_value value);
void define(napi_env env, napi_value exports, const char *name, napi_callback callback);

}  // namespace wasmtime_node
