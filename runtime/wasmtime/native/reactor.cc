#include "reactor.h"

#include <time.h>

#include "host_func.h"

namespace wasmtime_node {

Reactor::Reactor(napi_env env, Engine &engine, ReactorOptions options)
    : Handle(kKind),
      options_(std::move(options)),
      deadline_ticks_(options_.deadline_ticks),
      guest_(std::make_unique<Guest>(env, engine, options_.limits)),
      effects_(options_.effect_bytes) {}

Reactor::~Reactor() {
  if (!closed_) dispose();
}

void Reactor::dispose() {
  const napi_env env = guest_->env;
  guest_.reset();
  for (const Lent *lent : {&slab, &input, &output, &status_}) {
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

wasmtime_func_t Reactor::export_func(napi_env env, const wasmtime_instance_t &instance, const std::string &name,
                                     const FuncType &type) {
  wasmtime_extern_t item;
  if (!wasmtime_instance_export_get(guest_->context, &instance, name.data(), name.size(), &item) ||
      item.kind != WASMTIME_EXTERN_FUNC) {
    fail(env, "export", "the module exports no function \"" + name + "\"");
  }
  wasm_functype_t *functype = wasmtime_func_type(guest_->context, &item.of.func);
  const FuncType actual = FuncType::of(functype);
  wasm_functype_delete(functype);
  if (actual.params != type.params || actual.results != type.results)
    fail(env, "export", "the export \"" + name + "\" must have the type " + type.text() + " but has " + actual.text());
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
    const FuncType type{parse_value_types(env, get_property(env, item, "params")),
                        parse_value_types(env, get_property(env, item, "results"))};
    define_host_func(env, owned.linker, get_string(env, get_property(env, item, "module")),
                     get_string(env, get_property(env, item, "name")), type, get_property(env, item, "call"));
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
  if (!wasmtime_instance_export_get(guest_->context, &instance, "memory", 6, &item) || item.kind != WASMTIME_EXTERN_MEMORY)
    fail(env, "export", "the module exports no memory \"memory\"");
  use_memory(item.of.memory);
  FuncType type{{}, {I32}};
  if (!options_.finish.empty()) finish_ = export_func(env, instance, options_.finish, type);
  for (Scalar scalar : options_.shape.scalars)
    type.params.push_back(scalar == Scalar::I32 ? I32 : scalar == Scalar::I64 ? I64 : F64);
  type.params.insert(type.params.end(), options_.shape.slots, I32);
  entry_ = export_func(env, instance, options_.entry, type);
}

void Reactor::prepare_input() {
  guest_->set_deadline(deadline_ticks_);
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
  if (effects_.size() > mark) outcome_.stopped.assign(effects_.data() + mark, effects_.data() + effects_.size());
  effects_.truncate(mark);
  return false;
}

void Reactor::execute(const uint8_t *batch, size_t size, ByteView lent) {
  timespec from{}, to{};
  // Of this thread's work, whatever else the machine has to do meanwhile.
  if (options_.measure) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
  outcome_.stop = Outcome::Stop::None;
  outcome_.completed = 0;
  outcome_.stopped.clear();
  outcome_.fuel_used = 0;
  effects_.begin(lent.data, lent.size);

  const FrameShape &shape = options_.shape;
  const size_t values = shape.scalars.size() + shape.slots;
  BatchReader reader(shape, batch, size);
  bool going = true;
  for (input_ = 0; going && reader.next(frame_) == BatchReader::Step::Frame && !cancelled_.load(std::memory_order_relaxed);
       input_++) {
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
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
    outcome_.micros = static_cast<double>(to.tv_sec - from.tv_sec) * 1e6 + static_cast<double>(to.tv_nsec - from.tv_nsec) / 1e3;
  }
}

void Reactor::set_status(napi_env env, napi_value bytes) {
  lend(env, status_, bytes);
  if (status_.space.size < sizeof(Status)) fail(env, "range", "the status is too small");
}

void Reactor::publish_status() const {
  constexpr uint64_t kPage = 65536;
  Status status;
  status.stop = static_cast<int32_t>(outcome_.stop);
  status.completed = static_cast<int32_t>(outcome_.completed);
  status.result = outcome_.result;
  status.memory_pages = static_cast<int32_t>(outcome_.memory_bytes / kPage);
  status.micros = outcome_.micros;
  status.fuel_used = static_cast<double>(outcome_.fuel_used);
  status.effect_bytes = static_cast<double>(effects_.size());
  std::memcpy(status_.space.data, &status, sizeof status);
}

}  // namespace wasmtime_node
