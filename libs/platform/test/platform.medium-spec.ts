import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bus, CreateService, GetModel, ListModels } from '#slipway/contracts';
import { CommandClient, DeadLetters, EventServer, type RunningService } from '../src/index.js';
import { eventually, FeedConsumer, makeStage, RegistryHandler, type Stage } from './fixture.js';

describe('platform', () => {
  let stage: Stage;
  let registry: RunningService;
  let gateway: RunningService;

  beforeAll(async () => {
    stage = await makeStage();
    registry = await stage.startRegistry();
    gateway = await stage.startGateway();
  });
  afterAll(() => stage.close());

  it('should carry a command to its handler and its event to a consumer', async () => {
    const model = await stage.register(gateway, 'first');
    expect(model).toMatchObject({ name: 'first' });
    await eventually(async () => expect(await stage.effects()).toContain('first'));
  });

  it('should give the first answer again for the same key, also to calls at the same time', async () => {
    const ctx = stage.context();
    const before = registry.app.get(RegistryHandler).registered;
    const answers = await Promise.all(Array.from({ length: 8 }, () => stage.register(gateway, 'twice', ctx)));
    expect(new Set(answers.map((model) => model.id)).size).toBe(1);
    expect(registry.app.get(RegistryHandler).registered).toBe(before + 1);
    await expect(stage.register(gateway, 'other', ctx)).rejects.toMatchObject({ code: 'idempotency_mismatch' });
  });

  it('should send back a refusal with its code, and nothing of an unexpected failure', async () => {
    const commands = gateway.app.get(CommandClient);
    await expect(commands.send(GetModel, { ref: 'none' }, stage.context())).rejects.toMatchObject({
      code: 'not_found',
      message: "there is no model 'none'",
    });
    await expect(commands.send(ListModels, {}, stage.context())).rejects.toSatisfy(
      (error: Error) => !error.message.includes('secret') && (error as { code?: string }).code === 'internal',
    );
    await expect(commands.send(ListModels, { count: 0 }, stage.context())).rejects.toMatchObject({ code: 'bad_request' });
  });

  it('should end a command at its deadline, and at once when nobody answers', async () => {
    const commands = gateway.app.get(CommandClient);
    await expect(commands.send(GetModel, { ref: 'slow' }, stage.context({ deadline: Date.now() + 400 }))).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    const started = Date.now();
    await expect(commands.send(CreateService, { name: 'iris', imageId: 'iris' }, stage.context())).rejects.toMatchObject({
      code: 'service_unavailable',
    });
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('should refuse a command whose callers leave this service out', async () => {
    await expect(registry.app.get(CommandClient).send(GetModel, { ref: 'x' }, stage.context())).rejects.toThrow(
      'not among the callers',
    );
  });

  it('should have one effect for an event that the stream holds twice', async () => {
    await stage.register(gateway, 'doubled');
    await eventually(async () => expect(await stage.effects()).toContain('doubled'));
    const admin = await stage.asAdmin(stage.nats);
    const manager = await jetstreamManager(admin);
    const last = await manager.streams.getMessage(bus.eventsStream, { last_by_subj: 'evt.default.registry.ModelRegistered.v1' });
    await jetstream(admin).publish('evt.default.registry.ModelRegistered.v1', last!.data);
    await stage.register(gateway, 'after-doubled');
    await eventually(async () => expect(await stage.effects()).toContain('after-doubled'));
    expect((await stage.effects()).filter((name) => name === 'doubled')).toHaveLength(1);
    await admin.close();
  });

  it('should park what is not an event and go on with the next', async () => {
    const admin = await stage.asAdmin(stage.nats);
    await jetstream(admin).publish('evt.default.registry.ModelRegistered.v1', 'not json');
    await admin.close();
    await stage.register(gateway, 'after-poison');
    await eventually(async () => expect(await stage.effects()).toContain('after-poison'));
    expect((await gateway.app.get(DeadLetters).list())[0]).toMatchObject({ consumer: 'gateway', deliveries: 1 });
  });

  it('should leave no effect of a failing consumer, park the event, and handle it when it is replayed', async () => {
    const consumer = gateway.app.get(FeedConsumer);
    consumer.fail = (event) => (event.data as { name?: string }).name === 'poison';
    await stage.register(gateway, 'poison');
    await eventually(async () => {
      const parked = await gateway.app.get(DeadLetters).list();
      expect(parked[0]?.error).toContain('the consumer failed');
    }, 30_000);
    expect(await stage.effects()).not.toContain('poison');
    consumer.fail = () => false;
    const [letter] = await gateway.app.get(DeadLetters).list();
    await gateway.app.get(EventServer).replay(letter!.id);
    await gateway.app.get(EventServer).replay(letter!.id);
    expect((await stage.effects()).filter((name) => name === 'poison')).toHaveLength(1);
  });

  it('should publish again what a wiped stream lost, with one effect each', async () => {
    const admin = await stage.asAdmin(stage.nats);
    const manager = await jetstreamManager(admin);
    const before = await stage.effects();
    await manager.streams.purge(bus.eventsStream);
    await manager.streams.delete(bus.eventsStream);
    const { setUpBus } = await import('../src/index.js');
    await setUpBus(admin);
    await admin.close();
    await stage.register(gateway, 'after-wipe');
    await eventually(async () => expect(await stage.effects()).toContain('after-wipe'), 30_000);
    expect(await stage.effects()).toHaveLength(before.length + 1);
  });

  it('should be ready, say so when the bus is gone, and be ready again', async () => {
    const ready = async () => (await fetch(`${registry.url}/readyz`)).status;
    expect(await ready()).toBe(200);
    await stage.nats.stop('SIGKILL');
    await eventually(async () => expect(await ready()).toBe(503));
    await expect(stage.register(gateway, 'nobody')).rejects.toMatchObject({ code: 'service_unavailable' });
    await stage.nats.start();
    await eventually(async () => expect(await ready()).toBe(200));
    // The other service reconnects in its own time.
    const ctx = stage.context({ deadline: Date.now() + 30_000 });
    await eventually(async () => expect(await stage.register(gateway, 'back', ctx)).toMatchObject({ name: 'back' }));
    await eventually(async () => expect(await stage.effects()).toContain('back'), 30_000);
  });

  it('should tell Prometheus what waits, what was parked, and which dependency fails', async () => {
    const figures = async () => {
      const text = await (await fetch(`${registry.url}/metrics`)).text();
      return Object.fromEntries([...text.matchAll(/^(slipway_\S+) (\S+)$/gm)].map(([, name, value]) => [name, Number(value)]));
    };
    const letters = await gateway.app.get(DeadLetters).list();
    expect(await figures()).toMatchObject({
      'slipway_dependency_failing{dependency="bus"}': 0,
      'slipway_dependency_failing{dependency="database"}': 0,
      // Both services of this process share one registry: the figures are those of the last.
      slipway_dead_letters: letters.filter((letter) => letter.replayedAt === null).length,
    });
    await stage.nats.stop('SIGKILL');
    await eventually(async () => expect(await figures()).toMatchObject({ 'slipway_dependency_failing{dependency="bus"}': 1 }));
    await stage.nats.start();
    await eventually(async () => expect(await figures()).toMatchObject({ 'slipway_dependency_failing{dependency="bus"}': 0 }));
  });

  it('should refuse a request to the internal listener without a caller', async () => {
    const response = await fetch(`${registry.url}/internal/dead-letters`);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'unauthenticated', statusCode: 401 });
  });
});
