import { JetStreamApiError, jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { bus } from '#slipway/contracts';
import type { Bus } from '#slipway/platform';
import type { CaptureLogSource, LogEntry, LogExtent } from './capture-log.port.js';

const notFound = 404;

/** The capture log on a JetStream stream: an offset is a stream sequence. */
export class JetStreamCaptureLog implements CaptureLogSource {
  readonly partition = '0';
  private manager: Promise<JetStreamManager> | undefined;

  constructor(private readonly connection: Bus) {}

  async extent(): Promise<LogExtent> {
    const info = await (await this.jsm()).streams.info(bus.capturesStream);
    return { firstOffset: info.state.first_seq, lastOffset: info.state.last_seq, identity: info.created };
  }

  async read(offset: number, maxEntries: number, maxBytes: number): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    try {
      const messages = await (
        await this.jsm()
      ).direct.getBatch(bus.capturesStream, { seq: offset, batch: maxEntries, max_bytes: maxBytes });
      for await (const message of messages) entries.push({ offset: message.seq, data: message.data });
    } catch (error) {
      if (!(error instanceof JetStreamApiError && error.code === notFound) && !isNotFound(error)) throw error;
    }
    return entries;
  }

  async release(offset: number): Promise<void> {
    await (await this.jsm()).streams.purge(bus.capturesStream, { seq: offset });
  }

  private jsm(): Promise<JetStreamManager> {
    this.manager ??= this.connection().then((connection) => jetstreamManager(connection, { checkAPI: false }));
    return this.manager;
  }
}

/** The end of the log is told by a status message without a class of its own. */
function isNotFound(error: unknown): boolean {
  return error instanceof Error && /no messages|message not found|\b404\b/i.test(error.message);
}
