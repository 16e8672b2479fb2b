#include "types.h"

#include <algorithm>

namespace wasmtime_node {
namespace {

constexpr const char *kNames[] = {"i32", "i64", "f32", "f64", "v128", "funcref", "externref", "other"};

bool crosses(ValueType type) { return type <= ValueType::F64; }

std::vector<ValueType> types_of(const wasm_valtype_vec_t *vec) {
  std::vector<ValueType> types(vec->size);
  std::transform(vec->data, vec->data + vec->size, types.begin(), value_type);
  return types;
}

void fill(wasm_valtype_vec_t *out, const std::vector<ValueType> &types) {
  std::vector<wasm_valtype_t *> owned(types.size());
  std::transform(types.begin(), types.end(), owned.begin(),
                 [](ValueType type) { return wasm_valtype_new(static_cast<uint8_t>(type)); });
  wasm_valtype_vec_new(out, owned.size(), owned.data());
}

napi_value names_of(napi_env env, const std::vector<ValueType> &types) {
  napi_value names = make_array(env);
  for (uint32_t i = 0; i < types.size(); i++) push(env, names, i, make_string(env, value_type_name(types[i])));
  return names;
}

}  // namespace

// wasm_valtype_kind() aborts the process on a v128 or an unusual reference; this way round does not.
ValueType value_type(const wasm_valtype_t *type) {
  wasmtime_valtype_t full;
  wasmtime_valtype_new(type, &full);
  ValueType result = ValueType::Other;
  if (full.kind <= WASMTIME_VALTYPE_V128) {
    result = static_cast<ValueType>(full.kind);
  } else if (full.kind == WASMTIME_VALTYPE_REF && full.reftype.nullable) {
    if (full.reftype.heaptype.kind == WASMTIME_HEAPTYPE_FUNC) result = ValueType::FuncRef;
    if (full.reftype.heaptype.kind == WASMTIME_HEAPTYPE_EXTERN) result = ValueType::ExternRef;
  }
  wasmtime_valtype_delete(&full);
  return result;
}

const char *value_type_name(ValueType type) { return kNames[static_cast<size_t>(type)]; }

ValueType parse_value_type(napi_env env, napi_value name) {
  const std::string text = get_string(env, name);
  for (size_t i = 0; i <= static_cast<size_t>(ValueType::F64); i++) {
    if (text == kNames[i]) return static_cast<ValueType>(i);
  }
  fail(env, "type", "unknown value type \"" + text + "\": i32, i64, f32 and f64 can cross between JavaScript and a guest");
}

std::vector<ValueType> parse_value_types(napi_env env, napi_value names) {
  std::vector<ValueType> types(get_length(env, names));
  for (uint32_t i = 0; i < types.size(); i++) types[i] = parse_value_type(env, get_element(env, names, i));
  return types;
}

FuncType FuncType::of(const wasm_functype_t *type) {
  return {types_of(wasm_functype_params(type)), types_of(wasm_functype_results(type))};
}

bool FuncType::crosses() const {
  return std::all_of(params.begin(), params.end(), wasmtime_node::crosses) &&
         std::all_of(results.begin(), results.end(), wasmtime_node::crosses);
}

std::string FuncType::text() const {
  const auto list = [](const std::vector<ValueType> &types) {
    std::string names;
    for (ValueType type : types) names += (names.empty() ? "" : ", ") + std::string(value_type_name(type));
    return "(" + names + ")";
  };
  return list(params) + " -> " + list(results);
}

wasm_functype_t *new_functype(const std::vector<ValueType> &params, const std::vector<ValueType> &results) {
  wasm_valtype_vec_t from, to;
  fill(&from, params);
  fill(&to, results);
  return wasm_functype_new(&from, &to);
}

napi_value describe(napi_env env, const FuncType &type) {
  napi_value object = make_object(env);
  set_property(env, object, "kind", make_string(env, "func"));
  set_property(env, object, "params", names_of(env, type.params));
  set_property(env, object, "results", names_of(env, type.results));
  return object;
}

napi_value describe(napi_env env, const wasm_externtype_t *type) {
  napi_value object = make_object(env);
  switch (wasm_externtype_kind(type)) {
    case WASM_EXTERN_FUNC: return describe(env, FuncType::of(wasm_externtype_as_functype_const(type)));
    case WASM_EXTERN_GLOBAL: {
      const wasm_globaltype_t *global = wasm_externtype_as_globaltype_const(type);
      napi_value is_mutable;
      check(env, napi_get_boolean(env, wasm_globaltype_mutability(global) != 0, &is_mutable));
      set_property(env, object, "kind", make_string(env, "global"));
      set_property(env, object, "content", make_string(env, value_type_name(value_type(wasm_globaltype_content(global)))));
      set_property(env, object, "mutable", is_mutable);
      return object;
    }
    case WASM_EXTERN_TABLE:
      set_property(env, object, "kind", make_string(env, "table"));
      set_property(
          env, object, "element",
          make_string(env, value_type_name(value_type(wasm_tabletype_element(wasm_externtype_as_tabletype_const(type))))));
      return object;
    case WASM_EXTERN_MEMORY: {
      const wasm_memorytype_t *memory = wasm_externtype_as_memorytype_const(type);
      uint64_t maximum = 0;
      set_property(env, object, "kind", make_string(env, "memory"));
      set_property(env, object, "minimum", make_number(env, static_cast<double>(wasmtime_memorytype_minimum(memory))));
      if (wasmtime_memorytype_maximum(memory, &maximum))
        set_property(env, object, "maximum", make_number(env, static_cast<double>(maximum)));
      return object;
    }
    default: set_property(env, object, "kind", make_string(env, "tag")); return object;
  }
}

void to_raw(napi_env env, ValueType type, napi_value value, wasmtime_val_raw_t *out) {
  double number = 0;
  bool lossless = false;
  switch (type) {
    case ValueType::I32: return check(env, napi_get_value_int32(env, value, &out->i32));
    case ValueType::I64: return check(env, napi_get_value_bigint_int64(env, value, &out->i64, &lossless));
    case ValueType::F32:
      check(env, napi_get_value_double(env, value, &number));
      out->f32 = static_cast<float>(number);
      return;
    case ValueType::F64: return check(env, napi_get_value_double(env, value, &out->f64));
    default: fail(env, "type", std::string("a ") + value_type_name(type) + " can't cross between JavaScript and a guest");
  }
}

napi_value from_raw(napi_env env, ValueType type, const wasmtime_val_raw_t &raw) {
  napi_value value = nullptr;
  switch (type) {
    case ValueType::I32: check(env, napi_create_int32(env, raw.i32, &value)); return value;
    case ValueType::I64: check(env, napi_create_bigint_int64(env, raw.i64, &value)); return value;
    case ValueType::F32: return make_number(env, static_cast<double>(raw.f32));
    case ValueType::F64: return make_number(env, raw.f64);
    default: fail(env, "type", std::string("a ") + value_type_name(type) + " can't cross between JavaScript and a guest");
  }
}

}  // namespace wasmtime_node
