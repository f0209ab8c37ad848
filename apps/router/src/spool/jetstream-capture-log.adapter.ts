import { jetstream, type JetStreamClient } from '@nats-io/jetstream';
import { captureSubject } from '#slipway/contracts';
import type { RouterBus } from '../bus/router-bus.adapter.js';
import type { CaptureEntry, CaptureLog } from './capture-log.port.js';

const ackMs = 5_000;

/** The capture log on a JetStream stream; resent entries are dropped there by their id for as long as its window lasts. */
export class JetStreamCaptureLog implements CaptureLog {
  constructor(private readonly bus: RouterBus) {}

  async publish(batch: readonly CaptureEntry[]): Promise<void> {
    const client = jetstream(await this.bus.connection());
    const lanes = new Map<string, CaptureEntry[]>();
    for (const entry of batch) {
      const lane = lanes.get(entry.lane);
      if (lane) lane.push(entry);
      else lanes.set(entry.lane, [entry]);
    }
    const results = await Promise.allSettled([...lanes.values()].map((lane) => publishInOrder(client, lane)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

/** One at a time: with several under way the stream could lack one and have the next, which then looks like a repetition. */
async function publishInOrder(client: JetStreamClient, lane: readonly CaptureEntry[]): Promise<void> {
  for (const entry of lane) {
    await client.publish(captureSubject(entry.purpose, entry.serviceId), entry.data, { msgID: entry.id, timeout: ackMs });
  }
}
