/** State of a generator: equal states give equal numbers for ever. */
export interface Random {
  /** 32 bits. */
  state: number;
}

/**
 * A whole number from 0 to `limit` - 1. Good enough to spread the starts of daemons, and for nothing that is secret.
 * Source: mulberry32, public domain.
 */
export function below(random: Random, limit: number): number {
  random.state = (random.state + 0x6d2b79f5) >>> 0;
  let mixed = random.state;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
}
