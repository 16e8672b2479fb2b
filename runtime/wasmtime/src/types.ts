/** The types of WebAssembly values. Only numbers cross between JavaScript and a guest. */
export type ValueType = "i32" | "i64" | "f32" | "f64";
/** A value that crosses: i64 is a BigInt, the others are Numbers. */
export type Value = number | bigint;

export interface FuncType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

/** The type of an import or export. Memory sizes are in pages of 64 KiB. */
export type ExternType =
  | ({ readonly kind: "func" } & { readonly params: readonly string[]; readonly results: readonly string[] })
  | { readonly kind: "memory"; readonly minimum: number; readonly maximum?: number }
  | { readonly kind: "global"; readonly content: string; readonly mutable: boolean }
  | { readonly kind: "table"; readonly element: string }
  | { readonly kind: "tag" };

export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  readonly type: ExternType;
}

export interface ModuleExport {
  readonly name: string;
  readonly type: ExternType;
}
