// The reactor as JavaScript reaches it; src/reactor.ts is the other side.
#include "module.h"
#include "thread_pool.h"

namespace wasmtime_node {
namespace {

// Options arrive checked and complete, enumerations as their index.
ReactorOptions read_options(napi_env env, napi_value from) {
  const auto number = [&](const char *name) { return get_int(env, get_property(env, from, name)); };
  const auto text = [&](const char *name) { return get_string(env, get_property(env, from, name)); };
  ReactorOptions options;
  napi_value scalars = get_property(env, from, "scalars");
  std::vector<Scalar> types(get_length(env, scalars));
  for (uint32_t i = 0; i < types.size(); i++) types[i] = static_cast<Scalar>(get_int(env, get_element(env, scalars, i)));
  options.shape = FrameShape(std::move(types), static_cast<uint32_t>(number("slots")));
  options.entry = text("entry");
  options.finish = text("finish");
  options.module = text("module");
  options.read = text("read");
  napi_value calls = get_property(env, from, "calls");
  for (uint32_t i = 0; i < get_length(env, calls); i++) {
    napi_value call = get_element(env, calls, i), list = get_property(env, call, "args");
    std::vector<Argument> arguments(get_length(env, list));
    for (uint32_t j = 0; j < arguments.size(); j++) arguments[j] = static_cast<Argument>(get_int(env, get_element(env, list, j)));
    options.calls.emplace_back(get_string(env, get_property(env, call, "name")), std::move(arguments));
  }
  options.limits = {number("memoryBytes"), number("tableElements"), 1, 1, 1};
  options.effect_bytes = static_cast<size_t>(number("effectBytes"));
  options.deadline_ticks = static_cast<uint64_t>(number("deadlineTicks"));
  options.fuel = static_cast<uint64_t>(number("fuel"));
  options.assembly_script_abort = get_bool(env, get_property(env, from, "assemblyScriptAbort"));
  options.measure = get_bool(env, get_property(env, from, "measure"));
  return options;
}

// createReactor(engine, module, options, status, extraImports): Reactor
napi_value create_reactor(napi_env env, napi_callback_info info) {
  const Arguments<5> arguments(env, info);
  Engine *engine = get<Engine>(env, arguments[0]);
  Module *module = get<Module>(env, arguments[1]);
  if (module->engine.get() != engine) fail(env, "engine", "the module was compiled by another engine");
  const Ref<Reactor> reactor(new Reactor(env, *engine, read_options(env, arguments[2])));
  reactor->set_status(env, arguments[3]);
  reactor->start(env, module->raw, arguments[4]);
  return reactor->external(env);
}

// Runs the batch; the bytes of effects in `space`, or -1 when the run stopped early or they are elsewhere.
int64_t run_in(napi_env env, Reactor &reactor, ByteView batch, ByteView space) {
  const Ref<Reactor> keep(&reactor);
  Guest &guest = reactor.guest();
  if (reactor.has_script_imports()) [[unlikely]] {
    const std::vector<uint8_t> copy(batch.data, batch.data + batch.size);  // an import could detach the buffer
    guest.enter();
    reactor.execute(copy.data(), copy.size(), space);
  } else {
    guest.enter();
    reactor.execute(batch.data, batch.size, space);
  }
  guest.leave();
  if (reactor.trapped()) guest.rethrow_stashed();
  Effects &effects = reactor.effects();
  if (reactor.outcome().stop == Outcome::Stop::None && (effects.size() == 0 || effects.data() == space.data))
    return static_cast<int64_t>(effects.size());
  if (!effects.keep()) fail(env, "out-of-memory", "no memory for the effects");
  return -1;
}

napi_value make_size(napi_env env, int64_t size) {
  napi_value value;
  check(env, napi_create_int32(env, static_cast<int32_t>(size), &value));
  return value;
}

// The function made by reactorRunner: (batch) => bytes of effects, next in the slab, or -1: reactorEffects has them. The
// rest of the outcome is in the status.
napi_value run(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Reactor &reactor = *static_cast<Reactor *>(arguments.data);
  ByteView &space = reactor.slab.space;
  const int64_t size =
      run_in(env, reactor, checked_batch(env, reactor, get_bytes(env, arguments[0])), reactor.space(reactor.slab));
  reactor.publish_status();
  if (size > 0) space = {space.data + size, space.size - static_cast<size_t>(size)};
  return make_size(env, size);
}

// The function made by reactorExchanger: (bytes of batch in the input) => bytes of effects in the output, or -1: then the
// status tells more
napi_value exchange(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Reactor &reactor = *static_cast<Reactor *>(arguments.data);
  uint32_t size = 0;
  check(env, napi_get_value_uint32(env, arguments[0], &size));
  if (size > reactor.input.space.size)
    fail(env, "range", "the input holds " + std::to_string(reactor.input.space.size) + " bytes, not " + std::to_string(size));
  const ByteView batch = checked_batch(env, reactor, {reactor.input.space.data, size});
  const int64_t effects = run_in(env, reactor, batch, reactor.space(reactor.output));
  if (effects < 0) reactor.publish_status();
  return make_size(env, effects);
}

// A function bound to the reactor, so that a run has no handle to unwrap.
template <napi_callback Body>
napi_value runner(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Reactor *reactor = get<Reactor>(env, arguments[0]);
  napi_value function;
  check(env, napi_create_function(env, "run", NAPI_AUTO_LENGTH, Body, reactor, &function));
  reactor->ref();
  if (napi_add_finalizer(env, function, reactor, Handle::finalize, nullptr, nullptr) != napi_ok) reactor->unref();
  return function;
}

// reactorLend(reactor, use, buffer): `use` is 0 for the slab, 1 for the input, 2 for the output
napi_value reactor_lend(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  Reactor *reactor = get<Reactor>(env, arguments[0]);
  if (reactor->running()) fail(env, "busy", "the reactor is running");
  Lent *const uses[] = {&reactor->slab, &reactor->input, &reactor->output};
  const int64_t use = get_int(env, arguments[1]);
  if (use < 0 || use > 2) fail(env, "range", "no such use of a buffer");
  reactor->lend(env, *uses[use], arguments[2]);
  return nullptr;
}

// reactorEffects(reactor, out): copies the effects of a run that answered -1, or that ran on another thread
napi_value reactor_effects(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Reactor *reactor = get<Reactor>(env, arguments[0]);
  const ByteView out = get_bytes(env, arguments[1]);
  const Effects &effects = reactor->effects();
  if (reactor->running()) fail(env, "busy", "the reactor is running");
  if (effects.in_lent() || effects.size() > out.size) fail(env, "range", "the effects are not there or do not fit");
  if (effects.size() > 0) std::memcpy(out.data, effects.data(), effects.size());
  return nullptr;
}

// reactorDeadline(reactor, ticks): for each input of the runs to come
napi_value reactor_deadline(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Reactor *reactor = get<Reactor>(env, arguments[0]);
  if (reactor->running()) fail(env, "busy", "the reactor is running");
  reactor->set_deadline(static_cast<uint64_t>(get_int(env, arguments[1])));
  return nullptr;
}

// reactorStopped(reactor): a copy of the effects of the input that stopped the last run
napi_value reactor_stopped(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Reactor *reactor = get<Reactor>(env, arguments[0]);
  if (reactor->running()) fail(env, "busy", "the reactor is running");
  const std::vector<uint8_t> &stopped = reactor->outcome().stopped;
  return make_bytes(env, stopped.data(), stopped.size());
}

// reactorTrap(reactor): the error that stopped the last run, or undefined
napi_value reactor_trap(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  const Reactor *reactor = get<Reactor>(env, arguments[0]);
  return !reactor->running() && reactor->trapped() ? make_error(env, reactor->outcome().trap) : make_undefined(env);
}

}  // namespace

ByteView checked_batch(napi_env env, Reactor &reactor, ByteView batch) {
  if (reactor.closed()) fail(env, "closed", "Reactor is closed");
  if (reactor.running()) fail(env, "busy", "the reactor is running");
  if (reactor.trapped()) fail(env, "trapped", "the reactor's guest has trapped and can't run again: make a new one");
  if (count_frames(reactor.shape(), batch.data, batch.size) < 0) fail(env, "batch", "the batch is malformed");
  return batch;
}

void define_reactor(napi_env env, napi_value exports) {
  define(env, exports, "createReactor", entry<create_reactor>);
  define(env, exports, "reactorRunner", entry<runner<entry<run>>>);
  define(env, exports, "reactorExchanger", entry<runner<entry<exchange>>>);
  define(env, exports, "reactorLend", entry<reactor_lend>);
  define(env, exports, "reactorEffects", entry<reactor_effects>);
  define(env, exports, "reactorDeadline", entry<reactor_deadline>);
  define(env, exports, "reactorStopped", entry<reactor_stopped>);
  define(env, exports, "reactorTrap", entry<reactor_trap>);
}

}  // namespace wasmtime_node
