import type { NatsConnection } from '@nats-io/transport-node';
import { backoff, type BusSettings, connectBus, type Log } from '#slipway/platform';

/** The bus as the router sees it: useful when it is there, never a reason to stop. */
export class RouterBus {
  private current: Promise<NatsConnection> | undefined;
  private stopped = false;

  constructor(
    private readonly settings: BusSettings,
    private readonly part: string,
    private readonly log: Log,
  ) {}

  /** The connection at hand, or the next one; pending for as long as there is none. */
  connection(): Promise<NatsConnection> {
    return (this.current ??= this.connect());
  }

  async close(): Promise<void> {
    this.stopped = true;
    // A connection that never came about is still trying: it is not waited for.
    const late = new Promise<void>((resolve) => setTimeout(resolve, 500));
    await Promise.race([this.current?.then((connection) => connection.close()), late]);
  }

  private async connect(): Promise<NatsConnection> {
    for (let attempt = 0; ; attempt++) {
      try {
        const connection = await connectBus(this.settings, this.log, this.part);
        void connection.closed().then(() => (this.current = undefined));
        return connection;
      } catch (error) {
        // Wrong credentials, for example: they may be right in a minute, and predictions go on meanwhile.
        this.log.for('bus').error('the bus does not let the router in', { attempt }, error);
      }
      if (this.stopped) return new Promise(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, backoff(attempt, 1_000, 15_000)).unref());
    }
  }
}
