/** Of the network's first weights, the order of its rows and the noise in them. */
export const SEED = 20_261_124;
