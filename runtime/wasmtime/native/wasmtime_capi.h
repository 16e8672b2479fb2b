// The part of Wasmtime's C API (50.0.1) that this addon calls, written down from the C API's documentation.
// tests/unit/wasmtime/capi.test.ts holds every prototype and structure below against `_bindings.py` of the very
// wheel whose library is linked, so a new Wasmtime with another layout fails a test and not a device.
#pragma once
// clang-format off: one declaration a line, as the test reads them
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wasm_config_t wasm_config_t;
typedef struct wasm_engine_t wasm_engine_t;
typedef struct wasm_trap_t wasm_trap_t;
typedef struct wasm_frame_t wasm_frame_t;
typedef struct wasm_valtype_t wasm_valtype_t;
typedef struct wasm_functype_t wasm_functype_t;
typedef struct wasm_globaltype_t wasm_globaltype_t;
typedef struct wasm_memorytype_t wasm_memorytype_t;
typedef struct wasm_tabletype_t wasm_tabletype_t;
typedef struct wasm_externtype_t wasm_externtype_t;
typedef struct wasm_importtype_t wasm_importtype_t;
typedef struct wasm_exporttype_t wasm_exporttype_t;
typedef struct wasmtime_error wasmtime_error_t;
typedef struct wasmtime_store wasmtime_store_t;
typedef struct wasmtime_context wasmtime_context_t;
typedef struct wasmtime_module wasmtime_module_t;
typedef struct wasmtime_linker wasmtime_linker_t;
typedef struct wasmtime_instance_pre wasmtime_instance_pre_t;
typedef struct wasmtime_caller wasmtime_caller_t;
typedef struct wasmtime_pooling_allocation_config_t wasmtime_pooling_allocation_config_t;

// Owned vectors: `size` elements at `data`, freed by the function of the same name ending in _delete.
typedef struct wasm_byte_vec_t {
  size_t size;
  char *data;
} wasm_byte_vec_t;
typedef wasm_byte_vec_t wasm_name_t;
typedef struct wasm_frame_vec_t {
  size_t size;
  wasm_frame_t **data;
} wasm_frame_vec_t;
typedef struct wasm_valtype_vec_t {
  size_t size;
  wasm_valtype_t **data;
} wasm_valtype_vec_t;
typedef struct wasm_importtype_vec_t {
  size_t size;
  wasm_importtype_t **data;
} wasm_importtype_vec_t;
typedef struct wasm_exporttype_vec_t {
  size_t size;
  wasm_exporttype_t **data;
} wasm_exporttype_vec_t;

// Items of a store: plain ids that own nothing and are valid while their store lives.
typedef struct wasmtime_func {
  uint64_t store_id;
  void *__private;
} wasmtime_func_t;
typedef struct wasmtime_table {
  struct {
    uint64_t store_id;
    uint32_t __private1;
  };
  uint32_t __private2;
} wasmtime_table_t;
typedef struct wasmtime_memory {
  struct {
    uint64_t store_id;
    uint32_t __private1;
  };
  uint32_t __private2;
} wasmtime_memory_t;
typedef struct wasmtime_global {
  uint64_t store_id;
  uint32_t __private1;
  uint32_t __private2;
  uint32_t __private3;
} wasmtime_global_t;
typedef struct wasmtime_tag {
  struct {
    uint64_t store_id;
    uint32_t __private1;
  };
  uint32_t __private2;
} wasmtime_tag_t;
typedef struct wasmtime_instance {
  uint64_t store_id;
  size_t __private;
} wasmtime_instance_t;

typedef union wasmtime_extern_union {
  wasmtime_func_t func;
  wasmtime_global_t global;
  wasmtime_table_t table;
  wasmtime_memory_t memory;
  void *sharedmemory;
  wasmtime_tag_t tag;
} wasmtime_extern_union_t;
typedef struct wasmtime_extern {
  uint8_t kind;
  wasmtime_extern_union_t of;
} wasmtime_extern_t;

// A reference to a garbage-collected value; here only for the size it gives the union below.
typedef struct wasmtime_anyref {
  uint64_t store_id;
  uint32_t __private1;
  uint32_t __private2;
  void *__private3;
} wasmtime_anyref_t;
typedef uint8_t wasmtime_v128[16];
typedef union wasmtime_valunion {
  int32_t i32;
  int64_t i64;
  float f32;
  double f64;
  wasmtime_anyref_t anyref;
  wasmtime_anyref_t externref;
  wasmtime_anyref_t exnref;
  wasmtime_func_t funcref;
  wasmtime_v128 v128;
} wasmtime_valunion_t;
typedef struct wasmtime_val {
  uint8_t kind;
  wasmtime_valunion_t of;
} wasmtime_val_t;
typedef union wasmtime_val_raw {
  int32_t i32;
  int64_t i64;
  float f32;
  double f64;
  wasmtime_v128 v128;
  uint32_t anyref;
  uint32_t externref;
  uint32_t exnref;
  void *funcref;
} wasmtime_val_raw_t;

// The type of a value. `of` of a heap type is a boxed concrete type, or unused.
typedef union wasmtime_heaptype_union {
  void *concrete_func;
  void *concrete_array;
  void *concrete_struct;
  void *concrete_exn;
} wasmtime_heaptype_union_t;
typedef struct wasmtime_heaptype {
  uint8_t kind;
  wasmtime_heaptype_union_t of;
} wasmtime_heaptype_t;
typedef struct wasmtime_reftype {
  bool nullable;
  wasmtime_heaptype_t heaptype;
} wasmtime_reftype_t;
typedef struct wasmtime_valtype {
  uint8_t kind;
  wasmtime_reftype_t reftype;
} wasmtime_valtype_t;

enum { WASM_I32 = 0, WASM_I64 = 1, WASM_F32 = 2, WASM_F64 = 3 };
enum {
  WASMTIME_VALTYPE_I32 = 0,
  WASMTIME_VALTYPE_I64 = 1,
  WASMTIME_VALTYPE_F32 = 2,
  WASMTIME_VALTYPE_F64 = 3,
  WASMTIME_VALTYPE_V128 = 4,
  WASMTIME_VALTYPE_REF = 5
};
enum { WASMTIME_HEAPTYPE_EXTERN = 0, WASMTIME_HEAPTYPE_FUNC = 2 };
enum { WASM_EXTERN_FUNC = 0, WASM_EXTERN_GLOBAL = 1, WASM_EXTERN_TABLE = 2, WASM_EXTERN_MEMORY = 3 };
enum { WASMTIME_EXTERN_FUNC = 0, WASMTIME_EXTERN_GLOBAL = 1, WASMTIME_EXTERN_TABLE = 2, WASMTIME_EXTERN_MEMORY = 3 };

typedef void (*wasmtime_finalizer_t)(void *);
typedef wasm_trap_t *(*wasmtime_func_unchecked_callback_t)(void *env, wasmtime_caller_t *caller,
                                                           wasmtime_val_raw_t *args_and_results, size_t num_args_and_results);

// Vectors
void wasm_byte_vec_delete(wasm_byte_vec_t *vec);
void wasm_frame_vec_delete(wasm_frame_vec_t *vec);
void wasm_valtype_vec_new(wasm_valtype_vec_t *out, size_t size, wasm_valtype_t *const data[]);
void wasm_valtype_vec_new_empty(wasm_valtype_vec_t *out);
void wasm_importtype_vec_delete(wasm_importtype_vec_t *vec);
void wasm_exporttype_vec_delete(wasm_exporttype_vec_t *vec);

// Configuration
wasm_config_t *wasm_config_new(void);
void wasmtime_config_async_stack_size_set(wasm_config_t *config, size_t value);
void wasmtime_config_consume_fuel_set(wasm_config_t *config, bool value);
void wasmtime_config_cranelift_nan_canonicalization_set(wasm_config_t *config, bool value);
void wasmtime_config_cranelift_opt_level_set(wasm_config_t *config, uint8_t value);
void wasmtime_config_epoch_interruption_set(wasm_config_t *config, bool value);
void wasmtime_config_gc_support_set(wasm_config_t *config, bool value);
void wasmtime_config_max_wasm_stack_set(wasm_config_t *config, size_t value);
void wasmtime_config_memory_guard_size_set(wasm_config_t *config, uint64_t value);
void wasmtime_config_memory_may_move_set(wasm_config_t *config, bool value);
void wasmtime_config_memory_reservation_set(wasm_config_t *config, uint64_t value);
void wasmtime_config_parallel_compilation_set(wasm_config_t *config, bool value);
void wasmtime_config_shared_memory_set(wasm_config_t *config, bool value);
void wasmtime_config_wasm_exceptions_set(wasm_config_t *config, bool value);
void wasmtime_config_wasm_function_references_set(wasm_config_t *config, bool value);
void wasmtime_config_wasm_gc_set(wasm_config_t *config, bool value);
void wasmtime_config_wasm_memory64_set(wasm_config_t *config, bool value);
void wasmtime_config_wasm_multi_memory_set(wasm_config_t *config, bool value);
void wasmtime_config_wasm_relaxed_simd_set(wasm_config_t *config, bool value);
void wasmtime_config_wasm_simd_set(wasm_config_t *config, bool value);
void wasmtime_config_wasm_stack_switching_set(wasm_config_t *config, bool value);
void wasmtime_config_wasm_threads_set(wasm_config_t *config, bool value);
wasmtime_pooling_allocation_config_t *wasmtime_pooling_allocation_config_new(void);
void wasmtime_pooling_allocation_config_delete(wasmtime_pooling_allocation_config_t *config);
void wasmtime_pooling_allocation_config_linear_memory_keep_resident_set(wasmtime_pooling_allocation_config_t *config,
                                                                        size_t value);
void wasmtime_pooling_allocation_config_max_memories_per_module_set(wasmtime_pooling_allocation_config_t *config, uint32_t value);
void wasmtime_pooling_allocation_config_max_memory_size_set(wasmtime_pooling_allocation_config_t *config, size_t value);
void wasmtime_pooling_allocation_config_max_tables_per_module_set(wasmtime_pooling_allocation_config_t *config, uint32_t value);
void wasmtime_pooling_allocation_config_table_elements_set(wasmtime_pooling_allocation_config_t *config, size_t value);
void wasmtime_pooling_allocation_config_table_keep_resident_set(wasmtime_pooling_allocation_config_t *config, size_t value);
void wasmtime_pooling_allocation_config_total_core_instances_set(wasmtime_pooling_allocation_config_t *config, uint32_t value);
void wasmtime_pooling_allocation_config_total_gc_heaps_set(wasmtime_pooling_allocation_config_t *config, uint32_t value);
void wasmtime_pooling_allocation_config_total_memories_set(wasmtime_pooling_allocation_config_t *config, uint32_t value);
void wasmtime_pooling_allocation_config_total_stacks_set(wasmtime_pooling_allocation_config_t *config, uint32_t value);
void wasmtime_pooling_allocation_config_total_tables_set(wasmtime_pooling_allocation_config_t *config, uint32_t value);
void wasmtime_pooling_allocation_strategy_set(wasm_config_t *config, const wasmtime_pooling_allocation_config_t *pooling);

// Engine
wasm_engine_t *wasm_engine_new_with_config(wasm_config_t *config);
void wasm_engine_delete(wasm_engine_t *engine);
void wasmtime_engine_increment_epoch(wasm_engine_t *engine);

// Types
wasm_valtype_t *wasm_valtype_new(uint8_t kind);
void wasmtime_valtype_new(const wasm_valtype_t *type, wasmtime_valtype_t *out);
void wasmtime_valtype_delete(wasmtime_valtype_t *type);
wasm_functype_t *wasm_functype_new(wasm_valtype_vec_t *params, wasm_valtype_vec_t *results);
void wasm_functype_delete(wasm_functype_t *type);
const wasm_valtype_vec_t *wasm_functype_params(const wasm_functype_t *type);
const wasm_valtype_vec_t *wasm_functype_results(const wasm_functype_t *type);
uint8_t wasm_globaltype_mutability(const wasm_globaltype_t *type);
const wasm_valtype_t *wasm_globaltype_content(const wasm_globaltype_t *type);
void wasm_globaltype_delete(wasm_globaltype_t *type);
uint64_t wasmtime_memorytype_minimum(const wasm_memorytype_t *type);
bool wasmtime_memorytype_maximum(const wasm_memorytype_t *type, uint64_t *max);
bool wasmtime_memorytype_is64(const wasm_memorytype_t *type);
const wasm_valtype_t *wasm_tabletype_element(const wasm_tabletype_t *type);
uint8_t wasm_externtype_kind(const wasm_externtype_t *type);
const wasm_functype_t *wasm_externtype_as_functype_const(const wasm_externtype_t *type);
const wasm_globaltype_t *wasm_externtype_as_globaltype_const(const wasm_externtype_t *type);
const wasm_memorytype_t *wasm_externtype_as_memorytype_const(const wasm_externtype_t *type);
const wasm_tabletype_t *wasm_externtype_as_tabletype_const(const wasm_externtype_t *type);
const wasm_name_t *wasm_importtype_module(const wasm_importtype_t *type);
const wasm_name_t *wasm_importtype_name(const wasm_importtype_t *type);
const wasm_externtype_t *wasm_importtype_type(const wasm_importtype_t *type);
const wasm_name_t *wasm_exporttype_name(const wasm_exporttype_t *type);
const wasm_externtype_t *wasm_exporttype_type(const wasm_exporttype_t *type);

// Errors and traps
void wasmtime_error_delete(wasmtime_error_t *error);
void wasmtime_error_message(const wasmtime_error_t *error, wasm_name_t *message);
void wasmtime_error_wasm_trace(const wasmtime_error_t *error, wasm_frame_vec_t *out);
wasm_trap_t *wasmtime_trap_new(const char *message, size_t length);
void wasm_trap_delete(wasm_trap_t *trap);
void wasm_trap_message(const wasm_trap_t *trap, wasm_byte_vec_t *out);
void wasm_trap_trace(const wasm_trap_t *trap, wasm_frame_vec_t *out);
bool wasmtime_trap_code(const wasm_trap_t *trap, uint8_t *code);
uint32_t wasm_frame_func_index(const wasm_frame_t *frame);
size_t wasm_frame_func_offset(const wasm_frame_t *frame);
size_t wasm_frame_module_offset(const wasm_frame_t *frame);
const wasm_name_t *wasmtime_frame_func_name(const wasm_frame_t *frame);
const wasm_name_t *wasmtime_frame_module_name(const wasm_frame_t *frame);

// Modules
wasmtime_error_t *wasmtime_wat2wasm(const char *wat, size_t length, wasm_byte_vec_t *out);
wasmtime_error_t *wasmtime_module_new(wasm_engine_t *engine, const uint8_t *wasm, size_t length, wasmtime_module_t **out);
wasmtime_error_t *wasmtime_module_validate(wasm_engine_t *engine, const uint8_t *wasm, size_t length);
wasmtime_error_t *wasmtime_module_serialize(const wasmtime_module_t *module, wasm_byte_vec_t *out);
wasmtime_error_t *wasmtime_module_deserialize(wasm_engine_t *engine, const uint8_t *bytes, size_t length,
                                              wasmtime_module_t **out);
wasmtime_error_t *wasmtime_module_deserialize_file(wasm_engine_t *engine, const char *path, wasmtime_module_t **out);
void wasmtime_module_delete(wasmtime_module_t *module);
void wasmtime_module_imports(const wasmtime_module_t *module, wasm_importtype_vec_t *out);
void wasmtime_module_exports(const wasmtime_module_t *module, wasm_exporttype_vec_t *out);

// Stores
wasmtime_store_t *wasmtime_store_new(wasm_engine_t *engine, void *data, wasmtime_finalizer_t finalizer);
void wasmtime_store_delete(wasmtime_store_t *store);
wasmtime_context_t *wasmtime_store_context(wasmtime_store_t *store);
void wasmtime_store_limiter(wasmtime_store_t *store, int64_t memory_size, int64_t table_elements, int64_t instances,
                            int64_t tables, int64_t memories);
void *wasmtime_context_get_data(const wasmtime_context_t *context);
void wasmtime_context_set_epoch_deadline(wasmtime_context_t *context, uint64_t ticks_beyond_current);
wasmtime_error_t *wasmtime_context_set_fuel(wasmtime_context_t *context, uint64_t fuel);
wasmtime_error_t *wasmtime_context_get_fuel(const wasmtime_context_t *context, uint64_t *fuel);

// Linking
wasmtime_linker_t *wasmtime_linker_new(wasm_engine_t *engine);
void wasmtime_linker_delete(wasmtime_linker_t *linker);
void wasmtime_linker_allow_shadowing(wasmtime_linker_t *linker, bool allow);
wasmtime_error_t *wasmtime_linker_define(wasmtime_linker_t *linker, wasmtime_context_t *store, const char *module,
                                         size_t module_len, const char *name, size_t name_len, const wasmtime_extern_t *item);
wasmtime_error_t *wasmtime_linker_define_func_unchecked(wasmtime_linker_t *linker, const char *module, size_t module_len,
                                                        const char *name, size_t name_len, const wasm_functype_t *type,
                                                        wasmtime_func_unchecked_callback_t callback, void *data,
                                                        wasmtime_finalizer_t finalizer);
wasmtime_error_t *wasmtime_linker_define_instance(wasmtime_linker_t *linker, wasmtime_context_t *store, const char *name,
                                                  size_t name_len, const wasmtime_instance_t *instance);
wasmtime_error_t *wasmtime_linker_instantiate_pre(const wasmtime_linker_t *linker, const wasmtime_module_t *module,
                                                  wasmtime_instance_pre_t **out);
void wasmtime_instance_pre_delete(wasmtime_instance_pre_t *pre);
wasmtime_error_t *wasmtime_instance_pre_instantiate(const wasmtime_instance_pre_t *pre, wasmtime_context_t *store,
                                                    wasmtime_instance_t *instance, wasm_trap_t **trap);
bool wasmtime_instance_export_get(wasmtime_context_t *store, const wasmtime_instance_t *instance, const char *name,
                                  size_t name_len, wasmtime_extern_t *item);

// Items of a store
void wasmtime_extern_delete(wasmtime_extern_t *item);
wasm_functype_t *wasmtime_func_type(const wasmtime_context_t *store, const wasmtime_func_t *func);
wasmtime_error_t *wasmtime_func_call_unchecked(wasmtime_context_t *store, const wasmtime_func_t *func,
                                               wasmtime_val_raw_t *args_and_results, size_t length, wasm_trap_t **trap);
bool wasmtime_caller_export_get(wasmtime_caller_t *caller, const char *name, size_t name_len, wasmtime_extern_t *item);
wasmtime_context_t *wasmtime_caller_context(wasmtime_caller_t *caller);
uint8_t *wasmtime_memory_data(wasmtime_context_t *store, const wasmtime_memory_t *memory);
size_t wasmtime_memory_data_size(const wasmtime_context_t *store, const wasmtime_memory_t *memory);
uint64_t wasmtime_memory_size(const wasmtime_context_t *store, const wasmtime_memory_t *memory);
wasmtime_error_t *wasmtime_memory_grow(wasmtime_context_t *store, const wasmtime_memory_t *memory, uint64_t delta,
                                       uint64_t *previous);
wasm_globaltype_t *wasmtime_global_type(const wasmtime_context_t *store, const wasmtime_global_t *global);
void wasmtime_global_get(wasmtime_context_t *store, const wasmtime_global_t *global, wasmtime_val_t *out);
wasmtime_error_t *wasmtime_global_set(wasmtime_context_t *store, const wasmtime_global_t *global, const wasmtime_val_t *value);
uint64_t wasmtime_table_size(const wasmtime_context_t *store, const wasmtime_table_t *table);

#ifdef __cplusplus
}
#endif
