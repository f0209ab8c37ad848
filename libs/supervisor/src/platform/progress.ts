/** What a start, a stop or a migration is doing now. */
export interface Progress {
  /** The part that it is about, such as `registry`, or `slipway`. */
  part: string;
  /** A few words, without the part's name. */
  message: string;
  /** Since the beginning. */
  elapsedMs: number;
}

export type OnProgress = (progress: Progress) => void;

export function teller(onProgress: OnProgress | undefined): (part: string, message: string) => void {
  const start = performance.now();
  return (part, message) => onProgress?.({ part, message, elapsedMs: Math.round(performance.now() - start) });
}
