import type { WatermarkRecord } from '#slipway/contracts';
import type { StreamFacts } from '../captures/capture-stream.js';
import type { Lost, SpooledPrediction } from '../captures/spool.port.js';
import { frameOverhead } from './frames.js';
import { predictionJson } from './records.js';
import type { Segments } from './segments.js';

export type SpoolItem =
  | { kind: 'stream'; stream: number; facts: StreamFacts }
  | { kind: 'prediction'; prediction: SpooledPrediction }
  | { kind: 'watermark'; stream: number; watermark: WatermarkRecord };

/** Turns what the request path hands over into records on the disk, and says what could not be kept. */
export class SpoolWriter {
  private readonly streams = new Map<number, StreamFacts>();

  constructor(
    private readonly segments: Segments,
    private readonly onError: (error: unknown) => void,
  ) {}

  write(items: readonly SpoolItem[]): Lost[] {
    const lost = new Map<number, number>();
    for (const item of items) {
      if (item.kind === 'stream') this.streams.set(item.stream, item.facts);
      else if (item.kind === 'watermark') {
        if (!this.append(Buffer.from(JSON.stringify(item.watermark)))) lost.set(item.stream, lost.get(item.stream) ?? 0);
      } else if (!this.keep(item.prediction)) lost.set(item.prediction.stream, (lost.get(item.prediction.stream) ?? 0) + 1);
    }
    return [...lost].map(([stream, predictions]) => ({ stream, predictions }));
  }

  private keep(prediction: SpooledPrediction): boolean {
    const facts = this.streams.get(prediction.stream);
    if (!facts) return false;
    const json = predictionJson(facts, prediction);
    return this.segments.hasRoom(json.length + frameOverhead) && this.append(json);
  }

  private append(payload: Uint8Array): boolean {
    try {
      this.segments.append(payload);
      return true;
    } catch (error) {
      this.onError(error);
      return false;
    }
  }
}
