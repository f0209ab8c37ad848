export type Direction = 'toServer' | 'toClient';

/** What is wrong with the network between client and server; everything absent is healthy. */
export interface Toxics {
  /** Nobody listens: connecting is refused. Connections that exist go on. */
  refuse?: boolean;
  /** Every connection, existing and new, is reset. */
  reset?: boolean;
  /** Connections are taken and stay open, but nothing gets through until it is healed; then what was held arrives. */
  blackHole?: Direction | 'both';
  /** Each piece arrives this much later, in order, milliseconds. */
  latencyMs?: number;
  /** Up to this much more, drawn for each piece. */
  jitterMs?: number;
  /** Bytes per second in each direction. */
  bytesPerSecond?: number;
  /** A connection is reset when this many bytes have gone in the direction. */
  cutAfter?: { direction: Direction; bytes: number };
  /** Pieces are written this many bytes at a time; 1 is the hardest on parsers. */
  sliceBytes?: number;
}

export const isSwallowed = (toxics: Toxics, direction: Direction): boolean =>
  toxics.blackHole === 'both' || toxics.blackHole === direction;
