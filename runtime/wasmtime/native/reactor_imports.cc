// What a guest may call while it handles an input. Only the guest's own memory and the reactor are touched here.
#include "reactor.h"
#include "utf16.h"

namespace wasmtime_node {

wasm_trap_t *CallImport::on_call(void *self, wasmtime_caller_t *, wasmtime_val_raw_t *values, size_t) {
  const CallImport &call = *static_cast<CallImport *>(self);
  return call.reactor->slots_ == kOutsideInput
             ? call.reactor->guest_->stop("not-ready", "an import was called while the module was being instantiated")
             : call.record(values);
}

wasm_trap_t *CallImport::record(const wasmtime_val_raw_t *values) const {
  Span bytes[kMaxArguments];
  uint64_t body = 0;
  for (size_t i = 0, at = 0; i < arguments.size(); i++) {
    if (arguments[i] != Argument::Bytes) {
      body += arguments[i] == Argument::I32 ? 4 : 8;
      at += 1;
      continue;
    }
    const auto pointer = static_cast<uint32_t>(values[at].i32), size = static_cast<uint32_t>(values[at + 1].i32);
    bytes[i] = {reactor->memory_at(pointer, size), size};
    if (bytes[i].data == nullptr) return reactor->out_of_range(pointer, size);
    body += 4 + uint64_t{size};
    at += 2;
  }
  uint8_t *to = reactor->effects_.append(reactor->input_, index, body);
  if (to == nullptr)
    return reactor->guest_->stop("effects-limit",
                                 "the effects of this run exceed " + std::to_string(reactor->options_.effect_bytes) + " bytes");
  for (size_t i = 0, at = 0; i < arguments.size(); i++) {
    if (arguments[i] == Argument::Bytes) {
      std::memcpy(to, &bytes[i].size, 4);
      if (bytes[i].size > 0) std::memcpy(to + 4, bytes[i].data, bytes[i].size);
      to += 4 + size_t{bytes[i].size};
      at += 2;
    } else {
      const size_t size = arguments[i] == Argument::I32 ? 4 : 8;
      std::memcpy(to, &values[at++], size);
      to += size;
    }
  }
  return nullptr;
}

// A memory never moves and never shrinks: what was inside once is inside for good, and only a range beyond needs Wasmtime
// to be asked again.
uint8_t *Reactor::memory_at(uint32_t at, uint32_t size) {
  const uint64_t end = uint64_t{at} + size;
  if (end > memory_size_) [[unlikely]] {
    use_memory(*memory_);
    if (end > memory_size_) return nullptr;
  }
  return memory_data_ + at;
}

wasm_trap_t *Reactor::out_of_range(uint32_t at, uint32_t size) {
  return guest_->stop("guest-pointer", "the guest passed " + std::to_string(size) + " bytes at " + std::to_string(at) +
                                           ", which are not all in its memory");
}

// read(slot, offset, ptr, len) -> bytes copied
wasm_trap_t *Reactor::on_read(void *self, wasmtime_caller_t *, Raw *values, size_t) {
  Reactor &reactor = *static_cast<Reactor *>(self);
  const auto slot = static_cast<uint32_t>(values[0].i32), offset = static_cast<uint32_t>(values[1].i32);
  const auto pointer = static_cast<uint32_t>(values[2].i32), size = static_cast<uint32_t>(values[3].i32);
  if (reactor.slots_ == kOutsideInput || slot >= reactor.slots_)
    return reactor.guest_->stop("no-slot", "the guest read slot " + std::to_string(slot) + ", which this call does not have");
  uint8_t *to = reactor.memory_at(pointer, size);
  if (to == nullptr) return reactor.out_of_range(pointer, size);
  const Span from = reactor.frame_.slots[slot];
  const uint32_t left = offset < from.size ? from.size - offset : 0;
  const uint32_t copied = size < left ? size : left;
  if (copied > 0) std::memcpy(to, from.data + offset, copied);
  values[0].i32 = static_cast<int32_t>(copied);
  return nullptr;
}

// AssemblyScript keeps a string as UTF-16 with its length in bytes in the u32 before it.
std::string Reactor::assembly_script_string(uint32_t at) {
  constexpr uint32_t kMaxBytes = 1024;
  if (at < 4) return "";
  const uint8_t *header = memory_at(at - 4, 4);
  if (header == nullptr) return "";
  const uint32_t size = load_u32(header);
  const uint8_t *text = memory_at(at, size);
  return text == nullptr ? "" : utf16_to_utf8(text, size < kMaxBytes ? size : kMaxBytes);
}

// abort(message, file, line, column)
wasm_trap_t *Reactor::on_abort(void *self, wasmtime_caller_t *caller, Raw *values, size_t) {
  Reactor &reactor = *static_cast<Reactor *>(self);
  std::string message = "abort";
  if (reactor.find_memory(caller)) {
    const std::string text = reactor.assembly_script_string(static_cast<uint32_t>(values[0].i32));
    const std::string file = reactor.assembly_script_string(static_cast<uint32_t>(values[1].i32));
    if (!text.empty()) message = text;
    if (!file.empty()) {
      message += " (" + file + ":" + std::to_string(static_cast<uint32_t>(values[2].i32)) + ":" +
                 std::to_string(static_cast<uint32_t>(values[3].i32)) + ")";
    }
  }
  return reactor.guest_->stop("abort", message);
}

void Reactor::use_memory(const wasmtime_memory_t &memory) {
  static uint8_t nothing;  // where an empty memory is, as null stands for "out of range"
  memory_ = memory;
  memory_size_ = wasmtime_memory_data_size(guest_->context, &memory);
  memory_data_ = memory_size_ == 0 ? &nothing : wasmtime_memory_data(guest_->context, &memory);
}

// While a module is being instantiated its memory is only known to the caller.
bool Reactor::find_memory(wasmtime_caller_t *caller) {
  if (memory_) return true;
  wasmtime_extern_t item;
  if (!wasmtime_caller_export_get(caller, "memory", 6, &item)) return false;
  if (item.kind == WASMTIME_EXTERN_MEMORY) use_memory(item.of.memory);
  wasmtime_extern_delete(&item);
  return memory_.has_value();
}

void Reactor::define_native(napi_env env, wasmtime_linker_t *linker, const std::string &module, const std::string &name,
                            const FuncType &type, wasmtime_func_unchecked_callback_t callback, void *data) {
  wasm_functype_t *functype = new_functype(type.params, type.results);
  wasmtime_error_t *error = wasmtime_linker_define_func_unchecked(linker, module.data(), module.size(), name.data(), name.size(),
                                                                  functype, callback, data, nullptr);
  wasm_functype_delete(functype);
  if (error != nullptr) fail(env, "link", take_message(error));
}

void Reactor::define_imports(napi_env env, wasmtime_linker_t *linker) {
  using enum ValueType;
  define_native(env, linker, options_.module, options_.read, {{I32, I32, I32, I32}, {I32}}, on_read, this);
  if (options_.assembly_script_abort) define_native(env, linker, "env", "abort", {{I32, I32, I32, I32}, {}}, on_abort, this);
  for (const auto &[name, arguments] : options_.calls) {
    FuncType type;
    for (Argument argument : arguments) {
      switch (argument) {
        case Argument::I32: type.params.push_back(I32); break;
        case Argument::I64: type.params.push_back(I64); break;
        case Argument::F64: type.params.push_back(F64); break;
        case Argument::Bytes: type.params.insert(type.params.end(), {I32, I32}); break;
      }
    }
    calls_.push_back(std::make_unique<CallImport>(CallImport{this, static_cast<uint32_t>(calls_.size()), arguments}));
    define_native(env, linker, options_.module, name, type, CallImport::on_call, calls_.back().get());
  }
}

}  // namespace wasmtime_node
