#include "reactor.h"

#include <time.h>

#include "host_func.h"
#include "utf16.h"

namespace wasmtime_node {

// One recorded import: what the guest passes is appended to the effects of the input at hand.
struct CallImport {
  Reactor *reactor;
  uint32_t index;
  std::vector<Argument> arguments;

  static wasm_trap_t *on_call(void *self, wasmtime_caller_t *, wasmtime_val_raw_t *values, size_t) {
    const CallImport &call = *static_cast<CallImport *>(self);
    return call.reactor->slots_ == kOutsideInput ? call.reactor->guest_->stop("not-ready", "an import was called while the module was being instantiated") : call.record(values);
  }

  wasm_trap_t *record(const wasmtime_val_raw_t *values) const {
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
    if (to == nullptr) return reactor->guest_->stop("effects-limit", "the effects of this run exceed " + std::to_string(reactor->options_.effect_bytes) + " bytes");
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
};

Reactor::Reactor(napi_env env, Engine &engine, ReactorOptions options, Status *status)
    : Handle(kKind), options_(std::move(options)), guest_(std::make_unique<Guest>(env, engine, options_.limits)), effects_(options_.effect_bytes), status_(status) {}

Reactor::~Reactor() {
  if (!closed_) dispose();
}

void Reactor::dispose() {
  const napi_env env = guest_->env;
  guest_.reset();
  if (status_ref_ != nullptr) napi_delete_reference(env, status_ref_);
  for (const Lent *lent : {&slab, &input, &output}) {
    if (lent->ref != nullptr) napi_delete_reference(env, lent->ref);
  }
}

void Reactor::lend(napi_env env, Lent &to, napi_value buffer) {
  napi_ref ref = nullptr;
  const ByteView space = get_bytes(env, buffer);
  check(env, napi_create_reference(env, buffer, 1, &ref));
  if (to.ref != nullptr) napi_delete_reference(env, to.ref);
  to = {space, ref};
}

// A memory never moves and never shrinks: what was inside once is inside for good, and only a range beyond needs Wasmtime
// to be asked again.
uint8_t *Reactor::memory_at(uint32_t at, uint32_t size) {
  const uint64_t end = uint64_t{at} + size;
  if (end > memory_size_) [[unlikely]] {
    memory_size_ = wasmtime_memory_data_size(guest_->context, &*memory_);
    memory_data_ = wasmtime_memory_data(guest_->context, &*memory_);
    if (end > memory_size_) return nullptr;
  }
  return memory_data_ + at;
}

wasm_trap_t *Reactor::out_of_range(uint32_t at, uint32_t size) {
  return guest_->stop("guest-pointer", "the guest passed " + std::to_string(size) + " bytes at " + std::to_string(at) + ", which are not all in its memory");
}

// read(slot, offset, ptr, len) -> bytes copied
wasm_trap_t *Reactor::on_read(void *self, wasmtime_caller_t *, Raw *values, size_t) {
  Reactor &reactor = *static_cast<Reactor *>(self);
  const auto slot = static_cast<uint32_t>(values[0].i32), offset = static_cast<uint32_t>(values[1].i32);
  const auto pointer = static_cast<uint32_t>(values[2].i32), size = static_cast<uint32_t>(values[3].i32);
  if (reactor.slots_ == kOutsideInput || slot >= reactor.slots_) return reactor.guest_->stop("no-slot", "the guest read slot " + std::to_string(slot) + ", which this call does not have");
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
      message += " (" + file + ":" + std::to_string(static_cast<uint32_t>(values[2].i32)) + ":" + std::to_string(static_cast<uint32_t>(values[3].i32)) + ")";
    }
  }
  return reactor.guest_->stop("abort", message);
}

void Reactor::use_memory(const wasmtime_memory_t &memory) {
  memory_ = memory;
  memory_size_ = wasmtime_memory_data_size(guest_->context, &memory);
  memory_data_ = wasmtime_memory_data(guest_->context, &memory);
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

void Reactor::define_native(napi_env env, wasmtime_linker_t *linker, const std::string &module, const std::string &name, const FuncType &type, wasmtime_func_unchecked_callback_t callback, void *data) {
  wasm_functype_t *functype = new_functype(type.params, type.results);
  wasmtime_error_t *error = wasmtime_linker_define_func_unchecked(linker, module.data(), module.size(), name.data(), name.size(), functype, callback, data, nullptr);
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

wasmtime_func_t Reactor::export_func(napi_env env, const wasmtime_instance_t &instance, const std::string &name, const FuncType &type) {
  wasmtime_extern_t item;
  if (!wasmtime_instance_export_get(guest_->context, &instance, name.data(), name.size(), &item) || item.kind != WASMTIME_EXTERN_FUNC) {
    fail(env, "export", "the module exports no function \"" + name + "\"");
  }
  wasm_functype_t *functype = wasmtime_func_type(guest_->context, &item.of.func);
  const FuncType actual = FuncType::of(functype);
  wasm_functype_delete(functype);
  if (actual.params != type.params || actual.results != type.results) fail(env, "export", "the export \"" + name + "\" must have the type " + type.text() + " but has " + actual.text());
  return item.of.func;
}

void Reactor::start(napi_env env, wasmtime_module_t *module, napi_value extra) {
  using enum ValueType;
  struct Owned {
    wasmtime_linker_t *linker;
    wasmtime_instance_pre_t *pre = nullptr;
    ~Owned() {
      if (pre != nullptr) wasmtime_instance_pre_delete(pre);
      wasmtime_linker_delete(linker);
    }
  } owned{wasmtime_linker_new(guest_->engine->raw)};
  define_imports(env, owned.linker);
  const uint32_t extras = get_length(env, extra);
  for (uint32_t i = 0; i < extras; i++) {
    napi_value item = get_element(env, extra, i);
    const FuncType type{parse_value_types(env, get_property(env, item, "params")), parse_value_types(env, get_property(env, item, "results"))};
    define_host_func(env, owned.linker, get_string(env, get_property(env, item, "module")), get_string(env, get_property(env, item, "name")), type, get_property(env, item, "call"));
  }
  script_imports_ = extras > 0;

  wasmtime_error_t *error = wasmtime_linker_instantiate_pre(owned.linker, module, &owned.pre);
  if (error != nullptr) fail(env, "link", take_message(error));
  prepare_input();
  wasmtime_instance_t instance;
  wasm_trap_t *trap = nullptr;
  guest_->enter();
  error = wasmtime_instance_pre_instantiate(owned.pre, guest_->context, &instance, &trap);
  guest_->leave();
  if (error != nullptr || trap != nullptr) guest_->rethrow(error, trap, "instantiate");

  wasmtime_extern_t item;
  if (!wasmtime_instance_export_get(guest_->context, &instance, "memory", 6, &item) || item.kind != WASMTIME_EXTERN_MEMORY) fail(env, "export", "the module exports no memory \"memory\"");
  use_memory(item.of.memory);
  FuncType type{{}, {I32}};
  if (!options_.finish.empty()) finish_ = export_func(env, instance, options_.finish, type);
  for (Scalar scalar : options_.shape.scalars) type.params.push_back(scalar == Scalar::I32 ? I32 : scalar == Scalar::I64 ? I64 : F64);
  type.params.insert(type.params.end(), options_.shape.slots, I32);
  entry_ = export_func(env, instance, options_.entry, type);
}

void Reactor::prepare_input() {
  guest_->set_deadline(options_.deadline_ticks);
  if (options_.fuel > 0) wasmtime_context_set_fuel(guest_->context, options_.fuel);
}

// Calls `func`; false when it ended the run.
bool Reactor::call(const wasmtime_func_t &func, size_t values) {
  const size_t mark = effects_.size();
  prepare_input();
  wasm_trap_t *trap = nullptr;
  wasmtime_error_t *error = wasmtime_func_call_unchecked(guest_->context, &func, values_, values, &trap);
  if (options_.fuel > 0) {
    uint64_t left = 0;
    wasmtime_context_get_fuel(guest_->context, &left);
    outcome_.fuel_used += options_.fuel - left;
  }
  if (error != nullptr || trap != nullptr) [[unlikely]] {
    outcome_.stop = Outcome::Stop::Trap;
    outcome_.trap = guest_->report(error, trap, "host");
  } else if (values_[0].i32 != 0) [[unlikely]] {
    outcome_.stop = Outcome::Stop::Result;
    outcome_.result = values_[0].i32;
  } else {
    return true;
  }
  effects_.truncate(mark);
  return false;
}

void Reactor::execute(const uint8_t *batch, size_t size, ByteView lent) {
  timespec from{}, to{};
  if (options_.measure) clock_gettime(CLOCK_MONOTONIC, &from);
  outcome_.stop = Outcome::Stop::None;
  outcome_.completed = 0;
  outcome_.fuel_used = 0;
  effects_.begin(lent.data, lent.size);

  const FrameShape &shape = options_.shape;
  const size_t values = shape.scalars.size() + shape.slots;
  BatchReader reader(shape, batch, size);
  bool going = true;
  for (input_ = 0; going && reader.next(frame_) == BatchReader::Step::Frame && !cancelled_.load(std::memory_order_relaxed); input_++) {
    const uint8_t *scalar = frame_.scalars;
    size_t at = 0;
    for (Scalar type : shape.scalars) {
      std::memcpy(&values_[at++], scalar, scalar_size(type));
      scalar += scalar_size(type);
    }
    for (uint32_t slot = 0; slot < shape.slots; slot++) values_[at++].i32 = static_cast<int32_t>(frame_.slots[slot].size);
    slots_ = shape.slots;
    going = call(entry_, values > 0 ? values : 1);
    if (going) outcome_.completed++;
  }
  slots_ = 0;
  if (going && finish_) call(*finish_, 1);
  slots_ = kOutsideInput;

  outcome_.memory_bytes = wasmtime_memory_data_size(guest_->context, &*memory_);
  if (options_.measure) {
    clock_gettime(CLOCK_MONOTONIC, &to);
    outcome_.micros = static_cast<double>(to.tv_sec - from.tv_sec) * 1e6 + static_cast<double>(to.tv_nsec - from.tv_nsec) / 1e3;
  }
}

void Reactor::publish_status() const {
  constexpr uint64_t kPage = 65536;
  status_->stop = static_cast<int32_t>(outcome_.stop);
  status_->completed = static_cast<int32_t>(outcome_.completed);
  status_->result = outcome_.result;
  status_->memory_pages = static_cast<int32_t>(outcome_.memory_bytes / kPage);
  status_->micros = outcome_.micros;
  status_->fuel_used = static_cast<double>(outcome_.fuel_used);
  status_->effect_bytes = static_cast<double>(effects_.size());
}

}  // namespace wasmtime_node
