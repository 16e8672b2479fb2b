// WebAssembly types as JavaScript sees them.
#pragma once
#include <vector>

#include "napi.h"
#include "wasmtime_capi.h"

namespace wasmtime_node {

// The value types that can cross into JavaScript; everything else is Other and refused where a value would cross.
enum class ValueType : uint8_t { I32, I64, F32, F64, V128, FuncRef, ExternRef, Other };

ValueType value_type(const wasm_valtype_t *type);
const char *value_type_name(ValueType type);
// A value type by its name, or a thrown error.
ValueType parse_value_type(napi_env env, napi_value name);
std::vector<ValueType> parse_value_types(napi_env env, napi_value names);

struct FuncType {
  std::vector<ValueType> params;
  std::vector<ValueType> results;
  static FuncType of(const wasm_functype_t *type);
  // True when every value can cross into JavaScript.
  bool crosses() const;
  // "(i32, f64) -> i32"
  std::string text() const;
};

// A new function type of numbers only, owned by the caller.
wasm_functype_t *new_functype(const std::vector<ValueType> &params, const std::vector<ValueType> &results);

// {kind: "func", params, results} | {kind: "memory", minimum, maximum?} | {kind: "global", content, mutable} | {kind: "table",
// element} | {kind: "tag"}
napi_value describe(napi_env env, const wasm_externtype_t *type);
napi_value describe(napi_env env, const FuncType &type);

// One number across the border: i64 is a BigInt, the rest are Numbers. A value of another type throws a TypeError.
void to_raw(napi_env env, ValueType type, napi_value value, wasmtime_val_raw_t *out);
napi_value from_raw(napi_env env, ValueType type, const wasmtime_val_raw_t &value);

}  // namespace wasmtime_node
