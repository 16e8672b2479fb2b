import type { Random } from "./random.ts";

/** A layer: out = in · weights + biases. `weights` row by row, one row for each input. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

/** Layers with tanh between them, none behind the last. Weights as Glorot and Bengio (2010) begin them. */
export function newLayers(sizes: readonly number[], random: Random): Layer[] {
  return sizes.slice(1).map((outputs, at) => {
    const inputs = sizes[at] as number;
    const bound = Math.sqrt(6 / (inputs + outputs));
    const weights = Float64Array.from({ length: inputs * outputs }, () => random.between(-bound, bound));
    return { inputs, outputs, weights, biases: new Float64Array(outputs) };
  });
}

/** The values after each layer, the input first. */
export function forward(layers: readonly Layer[], input: ArrayLike<number>): Float64Array[] {
  const values = [Float64Array.from(input)];
  layers.forEach(({ inputs, outputs, weights, biases }, at) => {
    const from = values[at] as Float64Array;
    const to = Float64Array.from(biases);
    for (let i = 0; i < inputs; i++) {
      const value = from[i] as number;
      for (let o = 0; o < outputs; o++) to[o] = (to[o] as number) + value * (weights[i * outputs + o] as number);
    }
    if (at < layers.length - 1) for (let o = 0; o < outputs; o++) to[o] = Math.tanh(to[o] as number);
    values.push(to);
  });
  return values;
}

export interface TrainOptions {
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  /** Standard deviation of what is added to each input: the network learns to lead back to what is usual (Vincent et al. 2008). */
  readonly noise: number;
  readonly random: Random;
}

/** Teaches `layers` to give each row back, by mean square error with Adam (Kingma and Ba 2015); the rate falls to a tenth towards the end. */
export function trainToRepeat(layers: readonly Layer[], rows: readonly Float64Array[], options: TrainOptions): void {
  const { epochs, batch, rate, noise, random } = options;
  const adam = layers.flatMap(({ weights, biases }) => [weights, biases]).map((parameters) => new Adam(parameters));
  const order = rows.map((_, at) => at);
  for (let epoch = 0; epoch < epochs; epoch++) {
    random.shuffle(order);
    const step = rate * 0.1 ** (epoch / epochs);
    for (let at = 0; at < order.length; at += batch) {
      const taken = order.slice(at, at + batch);
      for (const index of taken) {
        const row = rows[index] as Float64Array;
        addGradient(
          layers,
          row,
          row.map((value) => value + noise * random.normal()),
          adam,
          taken.length,
        );
      }
      for (const each of adam) each.step(step);
    }
  }
}

function addGradient(
  layers: readonly Layer[],
  wanted: Float64Array,
  input: Float64Array,
  adam: readonly Adam[],
  count: number,
): void {
  const values = forward(layers, input);
  const last = values[layers.length] as Float64Array;
  let slope = last.map((value, at) => (2 * (value - (wanted[at] as number))) / (last.length * count));
  for (let at = layers.length - 1; at >= 0; at--) {
    const { inputs, outputs, weights } = layers[at] as Layer;
    const from = values[at] as Float64Array;
    const onWeights = (adam[2 * at] as Adam).gradient;
    const onBiases = (adam[2 * at + 1] as Adam).gradient;
    const below = new Float64Array(inputs);
    for (let o = 0; o < outputs; o++) onBiases[o] = (onBiases[o] as number) + (slope[o] as number);
    for (let i = 0; i < inputs; i++) {
      let sum = 0;
      for (let o = 0; o < outputs; o++) {
        const place = i * outputs + o;
        onWeights[place] = (onWeights[place] as number) + (from[i] as number) * (slope[o] as number);
        sum += (weights[place] as number) * (slope[o] as number);
      }
      // tanh' = 1 - tanh²; the input has none.
      below[i] = at > 0 ? sum * (1 - (from[i] as number) ** 2) : sum;
    }
    slope = below;
  }
}

/** One array of parameters with its moments. */
class Adam {
  readonly gradient: Float64Array;
  readonly #parameters: Float64Array;
  readonly #mean: Float64Array;
  readonly #square: Float64Array;
  #meanLeft = 1;
  #squareLeft = 1;

  constructor(parameters: Float64Array) {
    this.#parameters = parameters;
    this.gradient = new Float64Array(parameters.length);
    this.#mean = new Float64Array(parameters.length);
    this.#square = new Float64Array(parameters.length);
  }

  /** Moves the parameters against the gradient, which is empty afterwards. */
  step(rate: number): void {
    this.#meanLeft *= 0.9;
    this.#squareLeft *= 0.999;
    for (let at = 0; at < this.gradient.length; at++) {
      const slope = this.gradient[at] as number;
      const mean = 0.9 * (this.#mean[at] as number) + 0.1 * slope;
      const square = 0.999 * (this.#square[at] as number) + 0.001 * slope * slope;
      this.#mean[at] = mean;
      this.#square[at] = square;
      const by = mean / (1 - this.#meanLeft) / (Math.sqrt(square / (1 - this.#squareLeft)) + 1e-8);
      this.#parameters[at] = (this.#parameters[at] as number) - rate * by;
    }
    this.gradient.fill(0);
  }
}
