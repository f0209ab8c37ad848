import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateService, DeleteService, ListScalingDecisions, type ScalingDecision, UpdateService } from '#slipway/contracts';
import type { RunningService } from '#slipway/platform';
import { recompute } from '../src/autoscale/explanation.js';
import { FakeRouter } from './fake-router.js';
import { eventually, makeStage, script, type Stage } from './fixture.js';

const windowSeconds = 3;
const scale = { SLIPWAY_SCALE_DOWN_SECONDS: String(windowSeconds), SLIPWAY_MAX_REPLICAS: '12' };

describe('the autoscaler', () => {
  let stage: Stage;
  let deployer: RunningService;
  let router: FakeRouter;
  beforeAll(async () => {
    stage = await makeStage();
    deployer = await stage.start(scale);
    router = new FakeRouter(stage, () => deployer.url).start();
    await stage.registry.addImage('iris', 1, { 'score.py': script('one') });
    await stage.registry.addImage('iris', 2, { 'score.py': script('two') });
  });
  afterAll(async () => {
    router?.stop();
    await stage?.close();
  });
  const create = async (name: string, autoScaler: object): Promise<void> => {
    const input = { name, imageId: 'iris:1', autoScaler: { autoscaleEnabled: true, ...autoScaler } };
    expect(await stage.finish(await stage.send(CreateService, input))).toMatchObject({ state: 'Succeeded' });
  };
  const update = async (ref: string, change: object) => stage.finish(await stage.send(UpdateService, { ref, update: change }));
  const ready = async (name: string): Promise<number> =>
    (await stage.service(name)).replicas.filter((replica) => replica.state === 'Ready').length;
  const decisions = async (name: string): Promise<ScalingDecision[]> => {
    const { id } = await stage.service(name);
    return stage.query<ScalingDecision & Record<string, unknown>>(
      `SELECT id, service_id AS "serviceId", from_replicas AS "from", to_replicas AS "to", kind, reason, inputs, hold
       FROM scaling_decision WHERE service_id = $1 ORDER BY created_at, id`,
      [id],
    );
  };
  const settled = (name: string, replicas: number) =>
    eventually(async () => {
      expect(await stage.service(name)).toMatchObject({ numReplicas: replicas });
      expect(await ready(name)).toBe(replicas);
    }, 40_000);

  it('should follow the load up at once and down after the window, and tell each step so that it recomputes', async () => {
    await create('follows', { maxReplicas: 4 });
    router.waiting.set('follows', 9);
    await settled('follows', 4);
    router.waiting.set('follows', 0);
    await settled('follows', 1);
    const kept = await decisions('follows');
    expect(kept.length).toBeGreaterThanOrEqual(3);
    for (const { to, kind, reason, ...rest } of kept)
      expect(recompute({ to, kind, reason, ...rest })).toEqual({ to, kind, reason });
    expect(kept[0]).toMatchObject({ from: 1, kind: 'up' });
    expect(kept[0]!.reason).toMatch(/busy \+ [\d.]+ queued on 1 replicas x 1 is \d+ % of capacity, target 70 %/);
    expect(kept.at(-1)).toMatchObject({ to: 1, kind: 'down' });
    const events = await stage.query<{ from: number; to: number }>(
      `SELECT (event->'data'->>'from')::int AS "from", (event->'data'->>'to')::int AS "to" FROM outbox
       WHERE event->>'type' = 'io.slipway.ServiceScaled.v1' AND event->>'subject' = $1 ORDER BY seq`,
      [(await stage.service('follows')).id],
    );
    expect(events).toEqual(kept.map(({ from, to }) => ({ from, to })));
  });

  it('should sleep at 0 when that is the minimum, and wake for a waiting request', async () => {
    await create('sleeps', { minReplicas: 0 });
    await settled('sleeps', 0);
    router.waiting.set('sleeps', 1);
    await eventually(async () => expect(await ready('sleeps')).toBeGreaterThan(0));
    router.waiting.delete('sleeps');
    const woken = (await decisions('sleeps')).find((decision) => decision.kind === 'wake');
    expect(woken).toMatchObject({ from: 0, to: 1 });
  });

  it('should hold while a router is not heard, say so once, and go on', async () => {
    await create('held', { minReplicas: 2 });
    await settled('held', 2);
    await update('held', { autoScaler: { minReplicas: 1 } });
    router.telling = false;
    await eventually(async () => expect((await decisions('held')).at(-1)).toMatchObject({ kind: 'held', from: 2, to: 2 }));
    await new Promise((resolve) => setTimeout(resolve, (windowSeconds + 1) * 1_000));
    expect(await stage.service('held')).toMatchObject({ numReplicas: 2 });
    const holds = (await decisions('held')).filter((decision) => decision.kind === 'held');
    expect(holds.map((hold) => hold.reason)).toEqual([expect.stringMatching(/^held: router router-1 not heard for \d s$/)]);
    router.telling = true;
    await settled('held', 1);
  });

  it('should not pass the quota, and say so', async () => {
    await create('many', { minReplicas: 8 });
    await settled('many', 8);
    await create('poor', {});
    router.waiting.set('poor', 50);
    await eventually(async () =>
      expect((await decisions('poor')).at(-1)?.reason).toMatch(/capped by quota: the environment has room for \d/),
    );
    router.waiting.delete('poor');
  });

  it('should take over the number that there is, and leave it when it is switched off', async () => {
    expect(await update('many', { autoScaler: { autoscaleEnabled: false } })).toMatchObject({ state: 'Succeeded' });
    expect(await stage.service('many')).toMatchObject({ numReplicas: 8, autoScaler: { autoscaleEnabled: false } });
    await update('many', { numReplicas: 3 });
    await update('many', { autoScaler: { autoscaleEnabled: true, minReplicas: 1, maxReplicas: 2 } });
    await settled('many', 2);
    await expect(update('many', { numReplicas: 4 })).rejects.toMatchObject({ code: 'unprocessable' });
    await expect(update('many', { autoScaler: { minReplicas: 3 } })).rejects.toMatchObject({ code: 'unprocessable' });
  });

  it('should list decisions newest first in pages, and tell new ones to a follower', async () => {
    await create('told', {});
    await expect(stage.send(ListScalingDecisions, { ref: 'nobody' })).rejects.toMatchObject({ code: 'not_found' });
    const { id } = await stage.service('told');
    const gone = new AbortController();
    const follow = async (query: string, account = 'acme'): Promise<Response> =>
      fetch(`${deployer.url}/internal/services/${id}/decisions${query}`, {
        headers: { authorization: await stage.as(account) },
        signal: gone.signal,
      });
    expect((await follow('', 'other')).status).toBe(404);
    expect((await follow('?after=x')).status).toBe(400);
    const stream = await follow('');
    expect(stream.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    const reading = (async () => {
      for await (const chunk of stream.body!.pipeThrough(new TextDecoderStream())) text += chunk;
    })().catch(() => undefined);
    router.waiting.set('told', 1);
    await eventually(async () => expect((await stage.service('told')).numReplicas).toBe(2));
    router.waiting.set('told', 4);
    await eventually(() => expect([...text.matchAll(/^data: /gm)].length).toBeGreaterThanOrEqual(2));
    router.waiting.delete('told');
    const first = await stage.send(ListScalingDecisions, { ref: 'told', count: 1 });
    const rest = await stage.send(ListScalingDecisions, { ref: 'told', skipToken: first.nextToken });
    const listed = [...first.value, ...rest.value].reverse();
    const told = [...text.matchAll(/^data: (.*)$/gm)].map((match) => JSON.parse(match[1]!) as ScalingDecision);
    expect(told).toEqual(listed.slice(0, told.length));
    expect(listed.map((one) => one.from)).toEqual([1, ...listed.map((one) => one.to)].slice(0, listed.length));
    const again = await follow(`?after=${listed[0]!.id}`);
    const chunk = await again.body!.pipeThrough(new TextDecoderStream()).getReader().read();
    expect(chunk.value).toContain(`open at ${listed[0]!.id}`);
    gone.abort();
    await reading;
  });

  it('should have one deployer decide, and another one when that is gone', async () => {
    for (const ref of ['poor', 'told', 'many']) await stage.send(DeleteService, { ref });
    // A start sweeps: what is older than decisions are kept goes, and nothing else.
    const before = await decisions('follows');
    await stage.query(
      `INSERT INTO scaling_decision SELECT gen_random_uuid(), service_id, from_replicas, to_replicas, kind, reason, inputs, hold,
         now() - make_interval(days => 31) FROM scaling_decision LIMIT 1`,
    );
    const second = await stage.start(scale);
    const old = `SELECT 1 FROM scaling_decision WHERE created_at < now() - make_interval(days => 30)`;
    await eventually(async () => expect(await stage.query(old)).toEqual([]));
    expect((await decisions('follows')).slice(0, before.length)).toEqual(before);
    await create('shared', { maxReplicas: 3 });
    router.waiting.set('shared', 2);
    await settled('shared', 3);
    const tos = (await decisions('shared')).map((decision) => decision.to);
    expect(tos).toEqual([...new Set(tos)].sort());
    const leaders = await stage.query(
      `SELECT 1 FROM pg_locks JOIN pg_database d ON d.oid = database
       WHERE d.datname = current_database() AND locktype = 'advisory' AND classid = 7313 AND granted`,
    );
    expect(leaders).toHaveLength(1);
    await deployer.stop();
    deployer = second;
    router.waiting.set('shared', 0);
    await settled('shared', 1);
  });

  it("should keep an environment's own quota, and begin with its defaults", async () => {
    const config = { quotas: { replicas: 11 }, autoScaler: { autoscaleEnabled: true, minReplicas: 2, maxReplicas: 9 } };
    await stage.query(`UPDATE environment SET config = config || $1`, [config]);
    const refused = stage.send(CreateService, { name: 'more', imageId: 'iris:1', numReplicas: 11 });
    await expect(refused).rejects.toMatchObject({
      code: 'quota_exceeded',
      message: expect.stringContaining('holds 11') as string,
    });
    await stage.finish(await stage.send(CreateService, { name: 'born', imageId: 'iris:1', autoScaler: { maxReplicas: 3 } }));
    expect(await stage.service('born')).toMatchObject({
      numReplicas: 2,
      autoScaler: { autoscaleEnabled: true, minReplicas: 2, maxReplicas: 3, targetUtilization: 70 },
    });
  });
});
