import { type Port, StepppsError, type Tensor } from "../contract/index.ts";

/** Throws E_INFER_SHAPE when `tensors` are not what a model with these inputs takes. */
export function checkInputs(ports: readonly Port[], tensors: readonly Tensor[]): void {
  if (tensors.length !== ports.length) throw shape(`${tensors.length} tensors, but the model has ${ports.length} inputs`);
  const sizes = new Map<string, number>();
  ports.forEach((port, index) => {
    const { dtype, dims } = tensors[index] as Tensor;
    const fits =
      dtype === port.dtype &&
      dims.length === port.dims.length &&
      port.dims.every((wanted, dim) => {
        const size = dims[dim] as number;
        const symbol = port.symbols[dim] ?? "";
        if (wanted >= 0) return size === wanted;
        if (symbol === "") return true;
        const other = sizes.get(symbol) ?? size;
        sizes.set(symbol, size);
        return other === size;
      });
    if (!fits) throw shape(`input ${port.name} is ${dtype}[${dims}], not ${describePort(port)}`);
  });
}

/** `float32[batch,64]` */
export function describePort({ dtype, dims, symbols }: Port): string {
  return `${dtype}[${dims.map((size, dim) => (size >= 0 ? size : symbols[dim] || "?"))}]`;
}

function shape(detail: string): StepppsError {
  return new StepppsError("E_INFER_SHAPE", detail);
}
