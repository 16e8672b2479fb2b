#include "trap.h"

namespace wasmtime_node {
namespace {

// Indexed by wasmtime_trap_code_t. Codes of the component model can't occur in a core module.
constexpr const char *kCodes[] = {
    "stack-overflow",
    "memory-out-of-bounds",
    "heap-misaligned",
    "table-out-of-bounds",
    "indirect-call-to-null",
    "bad-signature",
    "integer-overflow",
    "integer-division-by-zero",
    "bad-conversion",
    "unreachable",
    "interrupt",
    "out-of-fuel",
    "atomic-wait",
    "null-reference",
    "array-out-of-bounds",
    "allocation-too-large",
    "cast-failure",
    "component",
    "component",
    "unhandled-tag",
    "continuation",
    "disabled-opcode",
};

uint32_t narrow(size_t offset) { return offset >= UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(offset); }

std::vector<TrapFrame> take_frames(wasm_frame_vec_t *trace) {
  std::vector<TrapFrame> frames;
  for (size_t i = 0; i < trace->size; i++) {
    const wasm_frame_t *from = trace->data[i];
    TrapFrame frame;
    if (const wasm_name_t *name = wasmtime_frame_func_name(from)) frame.function.assign(name->data, name->size);
    if (const wasm_name_t *name = wasmtime_frame_module_name(from)) frame.module.assign(name->data, name->size);
    frame.index = wasm_frame_func_index(from);
    frame.module_offset = narrow(wasm_frame_module_offset(from));
    frame.function_offset = narrow(wasm_frame_func_offset(from));
    frames.push_back(std::move(frame));
  }
  wasm_frame_vec_delete(trace);
  return frames;
}

// Wasmtime's text is "error while executing at wasm backtrace: ... Caused by: CAUSE". The frames are kept apart, so
// only the last cause is of interest.
std::string cause_of(std::string text) {
  while (!text.empty() && (text.back() == '\0' || text.back() == '\n')) text.pop_back();
  const size_t caused = text.rfind("Caused by:\n");
  if (caused == std::string::npos) return text;
  std::string cause = text.substr(caused + 11);
  cause.erase(0, cause.find_first_not_of(' '));
  if (cause.rfind("0: ", 0) == 0) {
    const size_t last = cause.rfind("\n    ");
    cause = last == std::string::npos ? cause.substr(3) : cause.substr(cause.find(": ", last) + 2);
  }
  return cause;
}

}  // namespace

std::string take_message(wasmtime_error_t *error) {
  wasm_name_t text;
  wasmtime_error_message(error, &text);
  std::string message(text.data, text.size);
  wasm_byte_vec_delete(&text);
  wasmtime_error_delete(error);
  return message;
}

TrapReport take_report(wasmtime_error_t *error, wasm_trap_t *trap, const char *code) {
  TrapReport report;
  wasm_frame_vec_t trace;
  if (trap != nullptr) {
    uint8_t number = 0;
    const bool known = wasmtime_trap_code(trap, &number) && number < std::size(kCodes);
    report.code = known ? kCodes[number] : code;
    wasm_byte_vec_t text;
    wasm_trap_message(trap, &text);
    report.message = cause_of(std::string(text.data, text.size));
    wasm_byte_vec_delete(&text);
    wasm_trap_trace(trap, &trace);
    report.frames = take_frames(&trace);
    wasm_trap_delete(trap);
  } else {
    wasmtime_error_wasm_trace(error, &trace);
    report.frames = take_frames(&trace);
    report.code = code;
    report.message = cause_of(take_message(error));
    report.from_guest = !report.frames.empty();
  }
  return report;
}

napi_value TrapReport::frames_value(napi_env env) const {
  if (!from_guest) return make_undefined(env);
  napi_value array = make_array(env);
  for (uint32_t i = 0; i < frames.size(); i++) {
    const TrapFrame &frame = frames[i];
    napi_value object = make_object(env);
    if (!frame.function.empty()) set_property(env, object, "function", make_string(env, frame.function));
    if (!frame.module.empty()) set_property(env, object, "module", make_string(env, frame.module));
    set_property(env, object, "index", make_number(env, frame.index));
    if (frame.module_offset != UINT32_MAX) set_property(env, object, "moduleOffset", make_number(env, frame.module_offset));
    if (frame.function_offset != UINT32_MAX) set_property(env, object, "functionOffset", make_number(env, frame.function_offset));
    push(env, array, i, object);
  }
  return array;
}

}  // namespace wasmtime_node
