#include "model.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#include "tensor.h"

namespace steppps {
namespace {

bool failed(const Ort &ort, OrtStatus *status, Writer &reason) {
  if (status == nullptr) return false;
  take_message(ort, status, reason);
  return true;
}

bool read_tensor_info(const Ort &ort, const OrtTensorInfo *info, Port &port, Writer &reason) {
  if (failed(ort, ort.GetTensorElementType(info, &port.type), reason) ||
      failed(ort, ort.GetDimensionsCount(info, &port.rank), reason))
    return false;
  if (port.rank > MAX_DIMS || element_bytes(port.type) == 0) {
    reason.text(port.rank > MAX_DIMS ? "a tensor of it has more than 8 dims" : "a tensor of it is of a type that doesn't cross");
    return false;
  }
  const char *symbols[MAX_DIMS] = {};
  if (failed(ort, ort.GetDimensions(info, port.dims, port.rank), reason) ||
      failed(ort, ort.GetSymbolicDimensions(info, symbols, port.rank), reason))
    return false;
  for (size_t dim = 0; dim < port.rank; dim++) {
    if (port.dims[dim] < 0) port.dims[dim] = -1;
    if (symbols[dim] != nullptr) snprintf(port.symbols[dim], sizeof port.symbols[dim], "%s", symbols[dim]);
  }
  return true;
}

bool read_type(const Ort &ort, const OrtTypeInfo *type, Port &port, Writer &reason) {
  int kind = 0;
  const OrtTensorInfo *info = nullptr;
  if (failed(ort, ort.GetOnnxTypeFromTypeInfo(type, &kind), reason)) return false;
  if (kind != ORT_TYPE_TENSOR) {
    reason.text("an input or output of it is no tensor");
    return false;
  }
  return !failed(ort, ort.CastTypeInfoToTensorInfo(type, &info), reason) && read_tensor_info(ort, info, port, reason);
}

bool read_port(const Runtime &runtime, Model &model, bool input, size_t index, Port &port, Writer &reason) {
  const Ort &ort = runtime.ort;
  char *name = nullptr;
  OrtTypeInfo *type = nullptr;
  if (failed(ort,
             input ? ort.SessionGetInputName(model.session, index, runtime.allocator, &name)
                   : ort.SessionGetOutputName(model.session, index, runtime.allocator, &name),
             reason))
    return false;
  port.name = name;
  if (failed(ort,
             input ? ort.SessionGetInputTypeInfo(model.session, index, &type)
                   : ort.SessionGetOutputTypeInfo(model.session, index, &type),
             reason))
    return false;
  const bool read = read_type(ort, type, port, reason);
  ort.ReleaseTypeInfo(type);
  return read;
}

bool read_ports(const Runtime &runtime, Model &model, Writer &reason) {
  const Ort &ort = runtime.ort;
  if (failed(ort, ort.SessionGetInputCount(model.session, &model.input_count), reason) ||
      failed(ort, ort.SessionGetOutputCount(model.session, &model.output_count), reason))
    return false;
  if (model.input_count > MAX_PORTS || model.output_count > MAX_PORTS) {
    reason.text("it has more than 32 inputs or outputs");
    return false;
  }
  for (size_t i = 0; i < model.input_count; i++) {
    if (!read_port(runtime, model, true, i, model.inputs[i], reason)) return false;
    model.input_names[i] = model.inputs[i].name;
  }
  for (size_t i = 0; i < model.output_count; i++) {
    if (!read_port(runtime, model, false, i, model.outputs[i], reason)) return false;
    model.output_names[i] = model.outputs[i].name;
  }
  return true;
}

DimSource find_source(const Model &model, const char *symbol) {
  for (size_t input = 0; symbol[0] != 0 && input < model.input_count; input++)
    for (size_t dim = 0; dim < model.inputs[input].rank; dim++)
      if (strcmp(model.inputs[input].symbols[dim], symbol) == 0) return {static_cast<int>(input), static_cast<int>(dim)};
  return {-1, -1};
}

bool set_options(const Ort &ort, OrtSessionOptions *options, int threads, Writer &reason) {
  return !(failed(ort, ort.SetSessionLogSeverityLevel(options, ORT_LOG_ERROR), reason) ||
           failed(ort, ort.SetSessionGraphOptimizationLevel(options, ORT_OPTIMIZE_ALL), reason) ||
           failed(ort, ort.SetIntraOpNumThreads(options, threads), reason) ||
           failed(ort, ort.SetInterOpNumThreads(options, 1), reason) ||
           failed(ort, ort.AddSessionConfigEntry(options, "session.use_env_allocators", "1"), reason) ||
           // A thread that waits for work gives its core back.
           failed(ort, ort.AddSessionConfigEntry(options, "session.intra_op.allow_spinning", "0"), reason) ||
           // Never the library's own format, which nobody has looked into before.
           failed(ort, ort.AddSessionConfigEntry(options, "session.load_model_format", "ONNX"), reason));
}

// One arena for all sessions, which asks the system for what is needed and not for twice as much each time: else one run that wants
// more than there is would have everything that is left taken for the next.
bool share_arena(const Ort &ort, OrtEnv *env, Writer &reason) {
  const char *const keys[] = {"arena_extend_strategy"};
  const size_t values[] = {1};  // kSameAsRequested
  OrtMemoryInfo *memory = nullptr;
  OrtArenaCfg *arena = nullptr;
  if (failed(ort, ort.CreateCpuMemoryInfo(ORT_ALLOCATOR_ARENA, ORT_MEMORY_DEFAULT, &memory), reason) ||
      failed(ort, ort.CreateArenaCfgV2(keys, values, 1, &arena), reason))
    return false;
  const bool shared = !failed(ort, ort.CreateAndRegisterAllocator(env, memory, arena), reason);
  ort.ReleaseArenaCfg(arena);
  ort.ReleaseMemoryInfo(memory);
  return shared;
}

}  // namespace

Runtime *open_runtime(const char *path, const char **version) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    fprintf(stderr, "%s\n", dlerror());
    return nullptr;
  }
  const auto base = reinterpret_cast<const OrtApiBase *(*)()>(dlsym(library, "OrtGetApiBase"));
  void *const *table = base == nullptr ? nullptr : base()->api(ORT_TABLE_VERSION);
  if (table == nullptr) {
    fprintf(stderr, "%s is no ONNX Runtime that knows version %u of the API\n", path, ORT_TABLE_VERSION);
    return nullptr;
  }
  *version = base()->version();
  auto *runtime = new Runtime{Ort(table), nullptr, nullptr, nullptr, nullptr};
  const Ort &ort = runtime->ort;
  uint8_t text[512];
  Writer reason{text, sizeof text};
  if (failed(ort, ort.CreateEnv(ORT_LOG_ERROR, "steppps", &runtime->env), reason) ||
      failed(ort, ort.DisableTelemetryEvents(runtime->env), reason) || !share_arena(ort, runtime->env, reason) ||
      failed(ort, ort.GetAllocatorWithDefaultOptions(&runtime->allocator), reason) ||
      failed(ort, ort.CreateCpuMemoryInfo(ORT_ALLOCATOR_DEVICE, ORT_MEMORY_DEFAULT, &runtime->memory), reason) ||
      failed(ort, ort.CreateRunOptions(&runtime->run_options), reason)) {
    fprintf(stderr, "%.*s\n", static_cast<int>(reason.size), text);
    return nullptr;
  }
  return runtime;
}

Model *load_model(const Runtime &runtime, const uint8_t *bytes, size_t size, int threads, Writer &reason) {
  const Ort &ort = runtime.ort;
  OrtSessionOptions *options = nullptr;
  if (failed(ort, ort.CreateSessionOptions(&options), reason)) return nullptr;
  auto *model = static_cast<Model *>(calloc(1, sizeof(Model)));
  const bool made = model != nullptr && set_options(ort, options, threads, reason) &&
                    !failed(ort, ort.CreateSessionFromArray(runtime.env, bytes, size, options, &model->session), reason) &&
                    read_ports(runtime, *model, reason);
  ort.ReleaseSessionOptions(options);
  if (!made) {
    if (model != nullptr) free_model(runtime, model);
    return nullptr;
  }
  for (size_t output = 0; output < model->output_count; output++)
    for (size_t dim = 0; dim < model->outputs[output].rank; dim++)
      model->sources[output][dim] = find_source(*model, model->outputs[output].symbols[dim]);
  return model;
}

void free_model(const Runtime &runtime, Model *model) {
  const Ort &ort = runtime.ort;
  const auto free_names = [&runtime, &ort](const Port *ports) {
    for (const Port *port = ports; port < ports + MAX_PORTS; port++)
      if (port->name != nullptr)
        if (OrtStatus *status = ort.AllocatorFree(runtime.allocator, const_cast<char *>(port->name))) ort.ReleaseStatus(status);
  };
  free_names(model->inputs);
  free_names(model->outputs);
  if (model->session != nullptr) ort.ReleaseSession(model->session);
  free(model);
}

void describe_model(const Model &model, Writer &out) {
  out.u32(static_cast<uint32_t>(model.input_count));
  out.u32(static_cast<uint32_t>(model.output_count));
  const auto describe = [&out](const Port &port) {
    out.u32(static_cast<uint32_t>(port.type));
    out.u32(static_cast<uint32_t>(port.rank));
    out.sized_text(port.name);
    for (size_t dim = 0; dim < port.rank; dim++) {
      out.u64(static_cast<uint64_t>(port.dims[dim]));
      out.sized_text(port.symbols[dim]);
    }
  };
  for (size_t i = 0; i < model.input_count; i++) describe(model.inputs[i]);
  for (size_t i = 0; i < model.output_count; i++) describe(model.outputs[i]);
}

void take_message(const Ort &ort, OrtStatus *status, Writer &out) {
  if (status == nullptr) return;
  out.text(ort.GetErrorMessage(status));
  ort.ReleaseStatus(status);
}

}  // namespace steppps
