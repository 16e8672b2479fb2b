// Node-API, as far as this addon needs it: a failed call becomes a JavaScript exception, and the function that was called returns.
#pragma once
#define NAPI_VERSION 9
#include <node_api.h>

#include <cstdint>

namespace steppps_memory {

// Throws an Error with the code "ERRNO" and what errno says about `what`. Returns null, which is what the caller is to return.
napi_value throw_errno(napi_env env, const char *what);

// Throws a TypeError.
napi_value throw_type(napi_env env, const char *what);

// The first N arguments of a call; missing ones are undefined.
template <size_t N>
struct Arguments {
  napi_value at[N] = {};
  size_t count = N;
  Arguments(napi_env env, napi_callback_info info) { napi_get_cb_info(env, info, &count, at, nullptr, nullptr); }
};

// A whole number from 0 to 2^53; false when `value` is none.
bool get_size(napi_env env, napi_value value, int64_t &out);

napi_value make_number(napi_env env, double number);
void set_property(napi_env env, napi_value object, const char *name, napi_value value);
void define(napi_env env, napi_value exports, const char *name, napi_callback callback);

// What the files of this addon add to its exports.
void define_memory(napi_env env, napi_value exports);
void define_signal(napi_env env, napi_value exports);

}  // namespace steppps_memory
