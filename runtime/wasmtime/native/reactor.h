// A guest that is fed inputs: one native loop around "set the deadline, call the entry, keep what it asked for".
//
// The imports that a guest calls while it handles an input are native and only record, so a run needs no JavaScript
// and can take place on any thread. src/reactor.ts documents options and results.
#pragma once
#include <atomic>
#include <memory>
#include <optional>

#include "framing.h"
#include "guest.h"
#include "types.h"

namespace wasmtime_node {

class Reactor;

// Instead of a number of slots: no input is being handled (the module's start function runs).
constexpr uint32_t kOutsideInput = UINT32_MAX;

// How a run ended.
struct Outcome {
  enum class Stop : uint32_t { None = 0, Trap = 1, Result = 2 };
  Stop stop = Stop::None;
  uint32_t completed = 0;
  int32_t result = 0;
  uint64_t memory_bytes = 0;
  uint64_t fuel_used = 0;
  double micros = 0;
  TrapReport trap;
  // What the input that stopped the run had recorded until then.
  std::vector<uint8_t> stopped;
};

// An outcome's numbers where JavaScript reads them; src/reactor.ts knows the layout.
struct Status {
  int32_t stop;
  int32_t completed;
  int32_t result;
  int32_t memory_pages;
  double micros;
  double fuel_used;
  double effect_bytes;
};

// A Uint8Array of JavaScript's that a run may write to.
struct Lent {
  ByteView space{nullptr, 0};
  napi_ref ref = nullptr;
};

// One recorded import: what the guest passes is appended to the effects of the input at hand.
struct CallImport {
  Reactor *reactor;
  uint32_t index;
  std::vector<Argument> arguments;
  static wasm_trap_t *on_call(void *self, wasmtime_caller_t *caller, wasmtime_val_raw_t *values, size_t count);
  wasm_trap_t *record(const wasmtime_val_raw_t *values) const;
};

struct ReactorOptions {
  FrameShape shape;
  std::string entry;
  std::string finish;  // empty: none
  std::string module;
  std::string read;
  std::vector<std::pair<std::string, std::vector<Argument>>> calls;
  Limits limits;
  size_t effect_bytes;
  uint64_t deadline_ticks;
  uint64_t fuel;  // 0: not metered
  bool assembly_script_abort;
  bool measure;
};

class Reactor final : public Handle {
 public:
  static constexpr Kind kKind = Kind::Reactor;
  Reactor(napi_env env, Engine &engine, ReactorOptions options);
  ~Reactor() override;
  // Links and instantiates; `extra` are JavaScript imports. Throws.
  void start(napi_env env, wasmtime_module_t *module, napi_value extra);

  // On another thread (from set_busy(true) to set_busy(false)), or on this one out of JavaScript.
  bool running() const { return busy_ || guest_->running(); }
  const char *in_use() const override { return running() ? "it is running" : nullptr; }
  void set_busy(bool busy) { busy_ = busy; }
  // Epoch ticks for each input of the runs to come.
  void set_deadline(uint64_t ticks) { deadline_ticks_ = ticks; }
  // Makes a run on another thread end at its next input.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }

  // Runs a whole, checked batch; its effects go to `lent` as long as they fit there. No JavaScript is touched unless
  // there are extra imports.
  void execute(const uint8_t *batch, size_t size, ByteView lent);
  const Outcome &outcome() const { return outcome_; }
  bool trapped() const { return outcome_.stop == Outcome::Stop::Trap; }
  Effects &effects() { return effects_; }

  const FrameShape &shape() const { return options_.shape; }
  Guest &guest() const { return *guest_; }
  bool has_script_imports() const { return script_imports_; }

  // Where JavaScript reads the last outcome's numbers.
  void set_status(napi_env env, napi_value bytes);
  void publish_status() const;
  // Buffers of JavaScript's for runs on its thread. It sees to it that they are not detached when a run begins; during it
  // no JavaScript runs.
  void lend(napi_env env, Lent &to, napi_value buffer);
  ByteView space(const Lent &lent) const { return script_imports_ ? ByteView{nullptr, 0} : lent.space; }
  Lent slab;    // effects of run(): each run goes on where the last one ended
  Lent input;   // of exchange(): the batch, at its start
  Lent output;  // of exchange(): the effects, at its start

 protected:
  void dispose() override;

 private:
  friend struct CallImport;
  using Raw = wasmtime_val_raw_t;
  static wasm_trap_t *on_read(void *self, wasmtime_caller_t *caller, Raw *values, size_t count);
  static wasm_trap_t *on_abort(void *self, wasmtime_caller_t *caller, Raw *values, size_t count);
  void define_imports(napi_env env, wasmtime_linker_t *linker);
  void define_native(napi_env env, wasmtime_linker_t *linker, const std::string &module, const std::string &name,
                     const FuncType &type, wasmtime_func_unchecked_callback_t callback, void *data);
  wasmtime_func_t export_func(napi_env env, const wasmtime_instance_t &instance, const std::string &name, const FuncType &type);
  void prepare_input();
  bool call(const wasmtime_func_t &func, size_t values);
  void use_memory(const wasmtime_memory_t &memory);
  bool find_memory(wasmtime_caller_t *caller);
  // The guest's bytes at [at, at + size), or null when they are not all inside its memory.
  uint8_t *memory_at(uint32_t at, uint32_t size);
  wasm_trap_t *out_of_range(uint32_t at, uint32_t size);
  std::string assembly_script_string(uint32_t at);

  const ReactorOptions options_;
  uint64_t deadline_ticks_;
  std::unique_ptr<Guest> guest_;
  std::vector<std::unique_ptr<CallImport>> calls_;
  wasmtime_func_t entry_{};
  std::optional<wasmtime_func_t> finish_;
  std::optional<wasmtime_memory_t> memory_;
  uint8_t *memory_data_ = nullptr;
  size_t memory_size_ = 0;
  Frame frame_;
  uint32_t slots_ = kOutsideInput;  // readable now
  uint32_t input_ = 0;
  Effects effects_;
  Outcome outcome_;
  Raw values_[kMaxScalars + kMaxSlots];
  Lent status_;
  bool script_imports_ = false;
  bool busy_ = false;
  std::atomic<bool> cancelled_{false};
};

}  // namespace wasmtime_node
