import type { CapturePurpose } from '#slipway/contracts';

export interface CaptureEntry {
  purpose: CapturePurpose;
  serviceId: string;
  /** Entries of one lane appear in the log in the order in which they are given. */
  lane: string;
  /** The same for the same entry, however often it is sent. */
  id: string;
  data: Uint8Array;
}

/** Where captures leave the router: JetStream or Kafka. */
export interface CaptureLog {
  /** Resolves when the log has all entries durably; after a failure the whole batch is sent again. */
  publish(batch: readonly CaptureEntry[]): Promise<void>;
}
