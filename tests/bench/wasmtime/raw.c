// Wasmtime's C API without anything around it, on the same library: the floor that the addon is measured against.
//
//   raw GUEST.wasm, then lines "empty N" or "message N" on its input; it answers each with the nanoseconds per call.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wasmtime_capi.h"

enum { MESSAGE_BYTES = 256 };

static uint8_t input[MESSAGE_BYTES];
static uint8_t output[MESSAGE_BYTES];
static wasmtime_memory_t memory;

static void require(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "raw: %s\n", what);
  exit(1);
}

static wasm_trap_t *on_read(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *values, size_t count) {
  (void)env, (void)count;
  wasmtime_context_t *context = wasmtime_caller_context(caller);
  const uint32_t to = (uint32_t)values[2].i32, size = (uint32_t)values[3].i32;
  const size_t total = wasmtime_memory_data_size(context, &memory);
  if (to > total || size > total - to || size > sizeof input) return wasmtime_trap_new("range", 5);
  memcpy(wasmtime_memory_data(context, &memory) + to, input, size);
  values[0].i32 = (int32_t)size;
  return NULL;
}

static wasm_trap_t *on_publish(void *env, wasmtime_caller_t *caller, wasmtime_val_raw_t *values, size_t count) {
  (void)env, (void)count;
  wasmtime_context_t *context = wasmtime_caller_context(caller);
  const uint32_t from = (uint32_t)values[0].i32, size = (uint32_t)values[1].i32;
  const size_t total = wasmtime_memory_data_size(context, &memory);
  if (from > total || size > total - from || size > sizeof output) return wasmtime_trap_new("range", 5);
  memcpy(output, wasmtime_memory_data(context, &memory) + from, size);
  return NULL;
}

static void define(wasmtime_linker_t *linker, const char *name, int params, int results,
                   wasmtime_func_unchecked_callback_t callback) {
  wasm_valtype_t *from[4], *to[1];
  wasm_valtype_vec_t parameters, returned;
  for (int i = 0; i < params; i++) from[i] = wasm_valtype_new(WASM_I32);
  for (int i = 0; i < results; i++) to[i] = wasm_valtype_new(WASM_I32);
  wasm_valtype_vec_new(&parameters, (size_t)params, from);
  wasm_valtype_vec_new(&returned, (size_t)results, to);
  wasm_functype_t *type = wasm_functype_new(&parameters, &returned);
  require(!wasmtime_linker_define_func_unchecked(linker, "host", 4, name, strlen(name), type, callback, NULL, NULL), "import");
  wasm_functype_delete(type);
}

static wasmtime_func_t function(wasmtime_context_t *context, const wasmtime_instance_t *instance, const char *name) {
  wasmtime_extern_t item;
  require(wasmtime_instance_export_get(context, instance, name, strlen(name), &item) && item.kind == WASMTIME_EXTERN_FUNC, name);
  return item.of.func;
}

static double measure(wasmtime_context_t *context, const wasmtime_func_t *func, long calls, int message) {
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (long i = 0; i < calls; i++) {
    if (message) wasmtime_context_set_epoch_deadline(context, 1000);  // each has its own time limit
    wasmtime_val_raw_t values[1] = {{.i32 = MESSAGE_BYTES}};
    wasm_trap_t *trap = NULL;
    require(!wasmtime_func_call_unchecked(context, func, values, (size_t)(message ? 1 : 0), &trap) && !trap, "call");
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  return ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / (double)calls;
}

int main(int argc, char **argv) {
  require(argc == 2, "usage: raw WASM");
  FILE *file = fopen(argv[1], "rb");
  require(file != NULL, "no such file");
  static uint8_t wasm[1 << 16];
  const size_t size = fread(wasm, 1, sizeof wasm, file);
  fclose(file);

  wasm_config_t *config = wasm_config_new();
  wasmtime_config_epoch_interruption_set(config, true);
  wasmtime_config_cranelift_nan_canonicalization_set(config, true);
  wasm_engine_t *engine = wasm_engine_new_with_config(config);
  wasmtime_store_t *store = wasmtime_store_new(engine, NULL, NULL);
  wasmtime_context_t *context = wasmtime_store_context(store);
  wasmtime_context_set_epoch_deadline(context, 1000000);
  wasmtime_linker_t *linker = wasmtime_linker_new(engine);
  define(linker, "read", 4, 1, on_read);
  define(linker, "publish", 2, 0, on_publish);
  wasmtime_module_t *module = NULL;
  wasmtime_instance_pre_t *pre = NULL;
  wasmtime_instance_t instance;
  wasm_trap_t *trap = NULL;
  require(!wasmtime_module_new(engine, wasm, size, &module), "module");
  require(!wasmtime_linker_instantiate_pre(linker, module, &pre), "link");
  require(!wasmtime_instance_pre_instantiate(pre, context, &instance, &trap) && !trap, "instantiate");
  wasmtime_extern_t item;
  require(wasmtime_instance_export_get(context, &instance, "memory", 6, &item), "memory");
  memory = item.of.memory;
  const wasmtime_func_t empty = function(context, &instance, "empty"), handle = function(context, &instance, "handle");
  for (int i = 0; i < MESSAGE_BYTES; i++) input[i] = (uint8_t)i;

  char name[16];
  long calls;
  while (scanf("%15s %ld", name, &calls) == 2) {
    const int message = strcmp(name, "message") == 0;
    printf("%.3f\n", measure(context, message ? &handle : &empty, calls, message));
    fflush(stdout);
  }
  return 0;
}
