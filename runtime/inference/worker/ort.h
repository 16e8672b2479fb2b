// The part of ONNX Runtime's C API that is in use here. Its OrtApi is a table of function pointers to which new ones are only ever
// appended (onnxruntime_c_api.h), so a function is its place in the table and its type.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace steppps {

struct OrtEnv;
struct OrtStatus;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtValue;
struct OrtMemoryInfo;
struct OrtAllocator;
struct OrtTypeInfo;
struct OrtTensorInfo;
struct OrtArenaCfg;

// The version of the table that is asked for: the first one, of which all of the functions below are.
constexpr uint32_t ORT_TABLE_VERSION = 14;

constexpr int ORT_LOG_ERROR = 3;
constexpr int ORT_OPTIMIZE_ALL = 99;
constexpr int ORT_TYPE_TENSOR = 1;
constexpr int ORT_ALLOCATOR_DEVICE = 0;
constexpr int ORT_ALLOCATOR_ARENA = 1;
constexpr int ORT_MEMORY_DEFAULT = 0;

// What OrtGetApiBase() returns.
struct OrtApiBase {
  void *const *(*api)(uint32_t version);
  const char *(*version)();
};

//      place  returns      name                        arguments
#define ORT_FUNCTIONS(X)                                                                                                        \
  X(1, int, GetErrorCode, (const OrtStatus *))                                                                                  \
  X(2, const char *, GetErrorMessage, (const OrtStatus *))                                                                      \
  X(3, OrtStatus *, CreateEnv, (int log_level, const char *name, OrtEnv **))                                                    \
  X(6, OrtStatus *, DisableTelemetryEvents, (const OrtEnv *))                                                                   \
  X(8, OrtStatus *, CreateSessionFromArray, (const OrtEnv *, const void *, size_t, const OrtSessionOptions *, OrtSession **))   \
  X(9, OrtStatus *, Run,                                                                                                        \
    (OrtSession *, const OrtRunOptions *, const char *const *input_names, const OrtValue *const *inputs, size_t,                \
     const char *const *output_names, size_t, OrtValue **outputs))                                                              \
  X(10, OrtStatus *, CreateSessionOptions, (OrtSessionOptions **))                                                              \
  X(22, OrtStatus *, SetSessionLogSeverityLevel, (OrtSessionOptions *, int))                                                    \
  X(23, OrtStatus *, SetSessionGraphOptimizationLevel, (OrtSessionOptions *, int))                                              \
  X(24, OrtStatus *, SetIntraOpNumThreads, (OrtSessionOptions *, int))                                                          \
  X(25, OrtStatus *, SetInterOpNumThreads, (OrtSessionOptions *, int))                                                          \
  X(30, OrtStatus *, SessionGetInputCount, (const OrtSession *, size_t *))                                                      \
  X(31, OrtStatus *, SessionGetOutputCount, (const OrtSession *, size_t *))                                                     \
  X(33, OrtStatus *, SessionGetInputTypeInfo, (const OrtSession *, size_t, OrtTypeInfo **))                                     \
  X(34, OrtStatus *, SessionGetOutputTypeInfo, (const OrtSession *, size_t, OrtTypeInfo **))                                    \
  X(36, OrtStatus *, SessionGetInputName, (const OrtSession *, size_t, OrtAllocator *, char **))                                \
  X(37, OrtStatus *, SessionGetOutputName, (const OrtSession *, size_t, OrtAllocator *, char **))                               \
  X(39, OrtStatus *, CreateRunOptions, (OrtRunOptions **))                                                                      \
  X(46, OrtStatus *, RunOptionsSetTerminate, (OrtRunOptions *))                                                                 \
  X(47, OrtStatus *, RunOptionsUnsetTerminate, (OrtRunOptions *))                                                               \
  X(49, OrtStatus *, CreateTensorWithDataAsOrtValue,                                                                            \
    (const OrtMemoryInfo *, void *, size_t, const int64_t *dims, size_t, int type, OrtValue **))                                \
  X(50, OrtStatus *, IsTensor, (const OrtValue *, int *))                                                                       \
  X(51, OrtStatus *, GetTensorMutableData, (OrtValue *, void **))                                                               \
  X(55, OrtStatus *, CastTypeInfoToTensorInfo, (const OrtTypeInfo *, const OrtTensorInfo **))                                   \
  X(56, OrtStatus *, GetOnnxTypeFromTypeInfo, (const OrtTypeInfo *, int *))                                                     \
  X(60, OrtStatus *, GetTensorElementType, (const OrtTensorInfo *, int *))                                                      \
  X(61, OrtStatus *, GetDimensionsCount, (const OrtTensorInfo *, size_t *))                                                     \
  X(62, OrtStatus *, GetDimensions, (const OrtTensorInfo *, int64_t *, size_t))                                                 \
  X(63, OrtStatus *, GetSymbolicDimensions, (const OrtTensorInfo *, const char **, size_t))                                     \
  X(65, OrtStatus *, GetTensorTypeAndShape, (const OrtValue *, OrtTensorInfo **))                                               \
  X(69, OrtStatus *, CreateCpuMemoryInfo, (int allocator, int memory, OrtMemoryInfo **))                                        \
  X(76, OrtStatus *, AllocatorFree, (OrtAllocator *, void *))                                                                   \
  X(78, OrtStatus *, GetAllocatorWithDefaultOptions, (OrtAllocator **))                                                         \
  X(93, void, ReleaseStatus, (OrtStatus *))                                                                                     \
  X(94, void, ReleaseMemoryInfo, (OrtMemoryInfo *))                                                                             \
  X(95, void, ReleaseSession, (OrtSession *))                                                                                   \
  X(96, void, ReleaseValue, (OrtValue *))                                                                                       \
  X(98, void, ReleaseTypeInfo, (OrtTypeInfo *))                                                                                 \
  X(99, void, ReleaseTensorTypeAndShapeInfo, (OrtTensorInfo *))                                                                 \
  X(100, void, ReleaseSessionOptions, (OrtSessionOptions *))                                                                    \
  X(130, OrtStatus *, AddSessionConfigEntry, (OrtSessionOptions *, const char *key, const char *value))                          \
  X(144, OrtStatus *, CreateAndRegisterAllocator, (OrtEnv *, const OrtMemoryInfo *, const OrtArenaCfg *))                       \
  X(157, void, ReleaseArenaCfg, (OrtArenaCfg *))                                                                                \
  X(164, OrtStatus *, CreateArenaCfgV2, (const char *const *keys, const size_t *values, size_t, OrtArenaCfg **))

// The functions, filled from the library's table.
struct Ort {
#define X(place, returns, name, arguments) returns(*name) arguments;
  ORT_FUNCTIONS(X)
#undef X

  explicit Ort(void *const *table) {
#define X(place, returns, name, arguments) name = reinterpret_cast<returns(*) arguments>(table[place]);
    ORT_FUNCTIONS(X)
#undef X
  }
};

}  // namespace steppps
