/** One record of the capture log with its place in it. */
export interface LogEntry {
  /** Rises by 1 in its partition; nothing is ever taken from the middle. */
  offset: number;
  data: Uint8Array;
}

/** What the log holds now. */
export interface LogExtent {
  firstOffset: number;
  /** 0 when it holds nothing. */
  lastOffset: number;
  /** Changes when the log was made anew. */
  identity: string;
}

/** Reads a capture log by position; the position itself is kept by the reader, with what it wrote. */
export interface CaptureLogSource {
  readonly partition: string;
  extent(): Promise<LogExtent>;
  /** Entries from `offset` on, oldest first; empty when there is nothing new. */
  read(offset: number, maxEntries: number, maxBytes: number): Promise<LogEntry[]>;
  /** Everything below `offset` is not needed any more. */
  release(offset: number): Promise<void>;
}

export const CAPTURE_LOG = Symbol('capture-log');
