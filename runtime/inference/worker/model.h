// A loaded model: ONNX Runtime's session with what a run of it has to know.
#pragma once
#include "bytes.h"
#include "ort.h"

namespace steppps {

constexpr size_t MAX_PORTS = 32;
constexpr size_t MAX_DIMS = 8;

// One input or output. A dim is a size, or -1 where it is open.
struct Port {
  const char *name;
  int type;
  size_t rank;
  int64_t dims[MAX_DIMS];
  char symbols[MAX_DIMS][64];  // names of open dims, "" where there is none
};

// Where the size of an output's open dim comes from: the dim of that name of an input. -1 when that can't be told before.
struct DimSource {
  int input, dim;
};

struct Model {
  OrtSession *session;
  size_t input_count, output_count;
  Port inputs[MAX_PORTS], outputs[MAX_PORTS];
  const char *input_names[MAX_PORTS], *output_names[MAX_PORTS];
  DimSource sources[MAX_PORTS][MAX_DIMS];
};

// The library, with what every session and run has in common.
struct Runtime {
  Ort ort;
  OrtEnv *env;
  OrtAllocator *allocator;
  OrtMemoryInfo *memory;
  OrtRunOptions *run_options;
};

// Takes the library from the file `path`; null with the reason on stderr when it can't.
Runtime *open_runtime(const char *path, const char **version);

// Makes a session of an ONNX file in memory. Null with the reason in `reason`.
Model *load_model(const Runtime &, const uint8_t *bytes, size_t size, int threads, Writer &reason);
void free_model(const Runtime &, Model *);

// What the supervisor is told about a model's inputs and outputs: u32 inputs │ u32 outputs │ port…
//   port: u32 type │ u32 rank │ u32 |name| │ name │ per dim: i64 size │ u32 |symbol| │ symbol
void describe_model(const Model &, Writer &);

// The message of a status, which is released; "" for null.
void take_message(const Ort &, OrtStatus *, Writer &);

}  // namespace steppps
