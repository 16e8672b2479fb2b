#include "run.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "tensor.h"

namespace steppps {
namespace {

// What the alarm's handler needs: a handler has no other way to get at anything.
const Runtime *stoppable = nullptr;

// Sets a flag that the library looks at between two operators, and nothing else.
void stop_run(int) {
  if (OrtStatus *status = stoppable->ort.RunOptionsSetTerminate(stoppable->run_options)) (void)status;
}

uint64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1000000000u + static_cast<uint64_t>(time.tv_nsec);
}

void set_alarm(uint64_t nanoseconds) {
  const uint64_t microseconds = (nanoseconds + 999) / 1000;
  const itimerval timer = {{0, 0},
                           {static_cast<time_t>(microseconds / 1000000), static_cast<suseconds_t>(microseconds % 1000000)}};
  setitimer(ITIMER_REAL, &timer, nullptr);
}

// The tensors of one run. Whatever is in it is released at its end.
struct Values {
  const Ort &ort;
  OrtValue *inputs[MAX_PORTS] = {};
  OrtValue *outputs[MAX_PORTS] = {};
  int64_t input_dims[MAX_PORTS][MAX_DIMS] = {};

  explicit Values(const Ort &api) : ort(api) {}
  Values(const Values &) = delete;
  Values &operator=(const Values &) = delete;
  ~Values() {
    for (OrtValue *value : inputs)
      if (value != nullptr) ort.ReleaseValue(value);
    for (OrtValue *value : outputs)
      if (value != nullptr) ort.ReleaseValue(value);
  }
};

// Why a run came to nothing, as the output area takes it.
struct Failure {
  RunSlot &slot;
  Writer text;

  bool say(const char *why) {
    slot.status = RUN_FAILED;
    text.text(why);
    return false;
  }
  bool check(const Ort &ort, OrtStatus *status) {
    if (status == nullptr) return true;
    slot.status = RUN_FAILED;
    take_message(ort, status, text);
    return false;
  }
};

bool read_inputs(const Runtime &runtime, const Model &model, uint8_t *frame, size_t size, Values &values, Failure &failure) {
  const auto u32 = [frame](size_t at) {
    uint32_t value;
    memcpy(&value, frame + at, sizeof value);
    return value;
  };
  if (size < 8 || u32(0) != model.input_count) return failure.say("another number of tensors than the model has inputs");
  size_t at = 8;
  for (size_t i = 0; i < model.input_count; i++) {
    if (size - at < 8) return failure.say("the frame is cut short");
    const int type = frame[at];
    const size_t rank = frame[at + 1];
    const size_t bytes = u32(at + 4);
    if (rank > MAX_DIMS) return failure.say("a tensor has more than 8 dims");
    const size_t data = aligned(at + 8 + 4 * rank);
    if (data > size || bytes > size - data) return failure.say("the frame is cut short");
    int64_t *dims = values.input_dims[i];
    for (size_t dim = 0; dim < rank; dim++) dims[dim] = u32(at + 8 + 4 * dim);
    size_t wanted = 0;
    if (!tensor_bytes(type, dims, rank, wanted) || wanted != bytes) return failure.say("a tensor's size is not that of its dims");
    if (!failure.check(runtime.ort, runtime.ort.CreateTensorWithDataAsOrtValue(runtime.memory, frame + data, bytes, dims, rank,
                                                                               type, &values.inputs[i])))
      return false;
    at = data + bytes;
  }
  return true;
}

// Writes an output's header to `frame` at `at`; returns where its data goes.
size_t write_header(uint8_t *frame, size_t at, int type, const int64_t *dims, size_t rank, size_t bytes) {
  const uint32_t head[2] = {static_cast<uint32_t>(type) | static_cast<uint32_t>(rank) << 8, static_cast<uint32_t>(bytes)};
  memcpy(frame + at, head, sizeof head);
  for (size_t dim = 0; dim < rank; dim++) {
    const auto size = static_cast<uint32_t>(dims[dim]);
    memcpy(frame + at + 8 + 4 * dim, &size, sizeof size);
  }
  const size_t data = aligned(at + 8 + 4 * rank);
  memset(frame + at + 8 + 4 * rank, 0, data - (at + 8 + 4 * rank));
  return data;
}

// Puts the outputs whose dims follow from the inputs' where they belong in the output frame, before they are computed: then nothing
// is copied. False when there is one of another kind, or when they don't fit.
bool place_outputs(const Runtime &runtime, const Model &model, uint8_t *frame, size_t capacity, Values &values, size_t &size) {
  size_t at = 8;
  for (size_t i = 0; i < model.output_count; i++) {
    const Port &port = model.outputs[i];
    int64_t dims[MAX_DIMS];
    for (size_t dim = 0; dim < port.rank; dim++) {
      const DimSource source = model.sources[i][dim];
      dims[dim] = port.dims[dim] >= 0 ? port.dims[dim] : source.input >= 0 ? values.input_dims[source.input][source.dim] : -1;
    }
    size_t bytes = 0;
    const size_t header = aligned(at + 8 + 4 * port.rank);
    if (!tensor_bytes(port.type, dims, port.rank, bytes) || header > capacity || bytes > capacity - header) return false;
    const size_t data = write_header(frame, at, port.type, dims, port.rank, bytes);
    OrtStatus *status = runtime.ort.CreateTensorWithDataAsOrtValue(runtime.memory, frame + data, bytes, dims, port.rank, port.type,
                                                                   &values.outputs[i]);
    if (status != nullptr) {
      runtime.ort.ReleaseStatus(status);
      return false;
    }
    at = data + bytes;
  }
  size = at;
  return true;
}

struct Shape {
  int type = 0;
  size_t rank = 0, bytes = 0;
  int64_t dims[MAX_DIMS] = {};
};

bool shape_of(const Ort &ort, const OrtValue *value, Shape &shape, Failure &failure) {
  int tensor = 0;
  if (!failure.check(ort, ort.IsTensor(value, &tensor))) return false;
  if (!tensor) return failure.say("an output is no tensor");
  OrtTensorInfo *info = nullptr;
  if (!failure.check(ort, ort.GetTensorTypeAndShape(value, &info))) return false;
  bool read = failure.check(ort, ort.GetTensorElementType(info, &shape.type)) &&
              failure.check(ort, ort.GetDimensionsCount(info, &shape.rank));
  if (read && shape.rank > MAX_DIMS) read = failure.say("an output has more than 8 dims");
  read = read && failure.check(ort, ort.GetDimensions(info, shape.dims, shape.rank));
  ort.ReleaseTensorTypeAndShapeInfo(info);
  if (!read) return false;
  return tensor_bytes(shape.type, shape.dims, shape.rank, shape.bytes) || failure.say("an output is of a type that doesn't cross");
}

// Outputs that the library made where it wanted: copied into the frame, and counted.
bool copy_outputs(const Runtime &runtime, const Model &model, uint8_t *frame, Values &values, RunSlot &slot, Failure &failure) {
  Shape shapes[MAX_PORTS];
  size_t at = 8;
  for (size_t i = 0; i < model.output_count; i++) {
    if (!shape_of(runtime.ort, values.outputs[i], shapes[i], failure)) return false;
    at = aligned(at + 8 + 4 * shapes[i].rank) + shapes[i].bytes;
  }
  slot.output_size = static_cast<uint32_t>(at);
  if (at > slot.output_capacity) {
    slot.status = RUN_TOO_SMALL;
    return false;
  }
  at = 8;
  for (size_t i = 0; i < model.output_count; i++) {
    const Shape &shape = shapes[i];
    void *from = nullptr;
    if (!failure.check(runtime.ort, runtime.ort.GetTensorMutableData(values.outputs[i], &from))) return false;
    const size_t data = write_header(frame, at, shape.type, shape.dims, shape.rank, shape.bytes);
    if (shape.bytes > 0) memcpy(frame + data, from, shape.bytes);
    slot.copied += static_cast<uint32_t>(shape.bytes);
    at = data + shape.bytes;
  }
  return true;
}

bool run_timed(const Runtime &runtime, const Model &model, Values &values, RunSlot &slot, Failure &failure) {
  const Ort &ort = runtime.ort;
  const uint64_t began = now();
  if (began >= slot.deadline) {
    slot.status = RUN_DEADLINE;
    return false;
  }
  if (!failure.check(ort, ort.RunOptionsUnsetTerminate(runtime.run_options))) return false;
  set_alarm(slot.deadline - began);
  OrtStatus *status = ort.Run(model.session, runtime.run_options, model.input_names, values.inputs, model.input_count,
                              model.output_names, model.output_count, values.outputs);
  set_alarm(0);
  const uint64_t ended = now();
  slot.nanoseconds = ended - began;
  if (status == nullptr) return true;
  if (ended >= slot.deadline) {
    ort.ReleaseStatus(status);
    slot.status = RUN_DEADLINE;
    return false;
  }
  return failure.check(ort, status);
}

bool in_region(uint32_t at, uint32_t size, uint32_t region_size) {
  return at >= FRAMES_AT && at % 64 == 0 && at <= region_size && size <= region_size - at;
}

}  // namespace

void prepare_runs(const Runtime &runtime) {
  stoppable = &runtime;
  struct sigaction action = {};
  action.sa_handler = stop_run;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, nullptr);
}

void run_slot(const Runtime &runtime, const Model *model, Region &region, uint32_t region_size, RunSlot &slot) {
  slot.status = RUN_OK;
  slot.output_size = 0;
  slot.copied = 0;
  slot.nanoseconds = 0;
  if (model == nullptr || !in_region(slot.input_at, slot.input_size, region_size) ||
      !in_region(slot.output_at, slot.output_capacity, region_size) || slot.output_capacity < 8) {
    slot.status = RUN_NO_SESSION;
    return;
  }
  uint8_t *base = reinterpret_cast<uint8_t *>(&region);
  uint8_t *frame = base + slot.output_at;
  uint8_t message[1024];
  Failure failure{slot, {message, sizeof message}};
  Values values(runtime.ort);
  bool ran = read_inputs(runtime, *model, base + slot.input_at, slot.input_size, values, failure);
  if (ran) {
    size_t size = 0;
    const bool placed = place_outputs(runtime, *model, frame, slot.output_capacity, values, size);
    if (!placed)
      for (OrtValue *&value : values.outputs) {
        if (value != nullptr) runtime.ort.ReleaseValue(value);
        value = nullptr;
      }
    ran = run_timed(runtime, *model, values, slot, failure);
    if (ran && placed) slot.output_size = static_cast<uint32_t>(size);
    if (ran && !placed) ran = copy_outputs(runtime, *model, frame, values, slot, failure);
  }
  if (ran) {
    const uint32_t head[2] = {static_cast<uint32_t>(model->output_count), 0};
    memcpy(frame, head, sizeof head);
  } else if (slot.status == RUN_FAILED) {
    const size_t size = failure.text.size < slot.output_capacity ? failure.text.size : slot.output_capacity;
    memcpy(frame, message, size);
    slot.output_size = static_cast<uint32_t>(size);
  }
}

}  // namespace steppps
