import { jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { bus, CaptureLogRecord, LoadSample, type RouteRecord } from '#slipway/contracts';
import { connectBus, Log, natsPermissions, setUpBus } from '#slipway/platform';
import { startNats, type TestNats } from '#slipway/testing';

/** A real nats-server with the users, streams and bucket of an installation, and what its other services do there. */
export class TestBus {
  private constructor(
    readonly nats: TestNats,
    private readonly admin: NatsConnection,
  ) {}

  static async start(): Promise<TestBus> {
    const nats = await startNats({ permissions: natsPermissions() });
    const admin = await connectBus({ url: nats.url, credsFile: nats.adminCreds, service: 'admin' }, Log.silent());
    await setUpBus(admin);
    return new TestBus(nats, admin);
  }

  /** Settings of a router that is the router's user. */
  settings(): Record<string, string> {
    return { SLIPWAY_NATS_URL: this.nats.url, SLIPWAY_NATS_CREDS: this.nats.creds('router') };
  }

  async put(...records: RouteRecord[]): Promise<void> {
    const bucket = await new Kvm(this.admin).open(bus.routesBucket);
    for (const record of records) await bucket.put(record.serviceId, JSON.stringify(record));
  }

  async remove(serviceId: string): Promise<void> {
    await (await new Kvm(this.admin).open(bus.routesBucket)).delete(serviceId);
  }

  /** Everything in the capture log, in order. */
  async captures(): Promise<CaptureLogRecord[]> {
    const manager = await jetstreamManager(this.admin);
    const { state } = await manager.streams.info(bus.capturesStream);
    const records: CaptureLogRecord[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq && state.messages > 0; seq++) {
      const message = await manager.streams.getMessage(bus.capturesStream, { seq });
      records.push(CaptureLogRecord.parse(message?.json()));
    }
    return records;
  }

  async forgetCaptures(): Promise<void> {
    await (await jetstreamManager(this.admin)).streams.purge(bus.capturesStream);
  }

  /** Load samples as they come; `stop` ends it. */
  samples(): { list: { subject: string; sample: LoadSample }[]; stop(): void } {
    const list: { subject: string; sample: LoadSample }[] = [];
    const subscription = this.admin.subscribe('load.>', {
      callback: (_error, message) => {
        list.push({ subject: message.subject, sample: LoadSample.parse(message.json()) });
      },
    });
    return { list, stop: () => subscription.unsubscribe() };
  }

  async close(): Promise<void> {
    await this.admin.close();
    await this.nats.close();
  }
}
