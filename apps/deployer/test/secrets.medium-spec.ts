import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateService, DeleteSecret, DeleteService, ListSecrets, SetSecret, UpdateService } from '#slipway/contracts';
import type { RunningService } from '#slipway/platform';
import { FakeRouter } from './fake-router.js';
import { eventually, makeStage, score, type Stage } from './fixture.js';

/** Answers with what it was given. */
const script = `
import os
import somelib
def init():
    pass
def run(body):
    folder = os.environ["SLIPWAY_SECRETS_DIR"]
    path = os.path.join(folder, "tls/key.pem")
    there = os.path.exists(path)
    return {"token": os.environ.get("TOKEN"), "file": open(path).read() if there else None,
            "mode": oct(os.stat(path).st_mode & 0o777) if there else None}
`;
const values = ['correct-horse', 'battery-staple', 'another-horse', '-----BEGIN KEY-----'];

describe('secrets', () => {
  let stage: Stage;
  let deployer: RunningService;
  let router: FakeRouter;
  beforeAll(async () => {
    stage = await makeStage();
    deployer = await stage.start();
    router = new FakeRouter(stage, () => deployer.url).start();
    await stage.registry.addImage('iris', 1, { 'score.py': script });
  });
  afterAll(async () => {
    router?.stop();
    await stage?.close();
  });
  const answers = async (wanted: object): Promise<void> =>
    eventually(async () => expect(await score(router.route('iris'))).toEqual(wanted));

  it('should reach replicas as variables and files, and nothing else', async () => {
    await expect(stage.send(SetSecret, { name: 'a b', value: 'x' })).rejects.toMatchObject({ code: 'bad_request' });
    await expect(stage.send(SetSecret, { name: 'nul', value: 'a\0b' })).rejects.toMatchObject({ code: 'unprocessable' });
    const secrets = { variables: { TOKEN: 'api-token' }, files: { 'tls/key.pem': 'tls-key' } };
    const body = { name: 'iris', imageId: 'iris:1', secrets };
    await expect(stage.send(CreateService, body)).rejects.toMatchObject({
      code: 'unprocessable',
      message: expect.stringContaining("there is no secret 'api-token', 'tls-key'") as string,
    });
    const context = stage.context();
    const first = await stage.send(SetSecret, { name: 'api-token', value: values[0]! }, context);
    expect(await stage.send(SetSecret, { name: 'api-token', value: values[0]! }, context)).toEqual(first);
    await stage.send(SetSecret, { name: 'tls-key', value: values[3]! });
    for (const [more, text] of [
      [{ env: { TOKEN: 'x' } }, 'TOKEN is set by -e and by a secret'],
      [{ secrets: { variables: { SLIPWAY_LISTEN: 'api-token' } } }, 'SLIPWAY_LISTEN'],
      [{ secrets: { files: { tls: 'tls-key', 'tls/key.pem': 'tls-key' } } }, 'folder of tls/key.pem'],
    ] as const)
      await expect(stage.send(CreateService, { ...body, ...more })).rejects.toThrow(text);
    await expect(stage.send(CreateService, { ...body, secrets: { files: { '../x': 'tls-key' } } })).rejects.toMatchObject({
      code: 'bad_request',
    });
    expect(await stage.finish(await stage.send(CreateService, body))).toMatchObject({ state: 'Succeeded' });
    await answers({ token: values[0], file: values[3], mode: '0o400' });
    expect((await stage.service('iris')).secrets).toEqual(secrets);
    expect((await stage.send(ListSecrets, {})).value.map(({ name }) => name)).toEqual(['api-token', 'tls-key']);
    expect((await stage.send(ListSecrets, {}, stage.context({ account: 'other' }))).value).toEqual([]);
  });

  it('should change what runs with the next update, or at once when asked', async () => {
    await stage.send(SetSecret, { name: 'api-token', value: values[1]! });
    // A change of what does not run leaves the value as it is.
    await stage.finish(await stage.send(UpdateService, { ref: 'iris', update: { maxQueuedRequestsPerContainer: 5 } }));
    expect((await stage.service('iris')).revision).toBe(1);
    await answers({ token: values[0], file: values[3], mode: '0o400' });
    await stage.finish(await stage.send(UpdateService, { ref: 'iris', update: { scoringTimeoutMs: 30_000 } }));
    await answers({ token: values[1], file: values[3], mode: '0o400' });
    const { rolled } = await stage.send(SetSecret, { name: 'api-token', value: values[2]!, roll: true });
    expect(rolled).toMatchObject([{ service: 'iris' }]);
    await stage.finish({ operationId: rolled[0]!.operationId, resourceId: (await stage.service('iris')).id });
    await answers({ token: values[2], file: values[3], mode: '0o400' });
  });

  it('should be kept while a live revision uses it, and leave with its last user', async () => {
    await expect(stage.send(DeleteSecret, { name: 'api-token' })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('used by iris in local') as string,
    });
    const update = { secrets: { variables: { TOKEN: null } } };
    await stage.finish(await stage.send(UpdateService, { ref: 'iris', update }));
    await answers({ token: null, file: values[3], mode: '0o400' });
    expect(await stage.send(DeleteSecret, { name: 'api-token' })).toEqual({ deleted: true });
    expect(await stage.send(DeleteSecret, { name: 'api-token' })).toEqual({ deleted: false });
    await stage.send(DeleteService, { ref: 'iris' });
    expect(await stage.send(DeleteSecret, { name: 'tls-key' })).toEqual({ deleted: true });
  });

  it('should have left no value in any table', async () => {
    const tables = await stage.query<{ table_name: string }>(
      `SELECT table_name FROM information_schema.tables WHERE table_schema = 'deployer'`,
    );
    expect(tables.length).toBeGreaterThan(10);
    for (const { table_name } of tables) {
      const rows = await stage.query<{ text: string }>(`SELECT t::text AS text FROM ${table_name} t`);
      for (const value of values) expect(rows.filter(({ text }) => text.includes(value))).toEqual([]);
    }
  });
});
