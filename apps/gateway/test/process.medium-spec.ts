import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GetModel, type Model, RegisterModel } from '#slipway/contracts';
import { selfSigned } from './certificate.js';
import { ask, eventually, type FakeService, makeStage, type Stage } from './fixture.js';
import { bundleGateway, type GatewayProcess, spawnGateway } from './process.js';
import { digest, sampleModel } from './samples.js';

const megabyte = 2 ** 20;
const models = '/api/v1/accounts/default/models';

/** The real program, killed, stopped and filled. */
describe('a gateway as a process', () => {
  let stage: Stage;
  let program: string;
  let registry: FakeService;
  let gateway: GatewayProcess | undefined;

  const start = async (more: Record<string, string> = {}): Promise<GatewayProcess> => {
    gateway = await spawnGateway(program, { ...stage.settings, ...more });
    if (!gateway) throw new Error('the gateway ended before it was ready');
    return gateway;
  };

  beforeAll(async () => {
    [stage, program] = await Promise.all([makeStage(), bundleGateway()]);
    registry = await stage.fake('registry');
  });
  afterEach(() => gateway?.kill());
  afterAll(() => stage.close());

  it('should take up the owner token that a killed first start had written', async () => {
    const killed = await spawnGateway(program, { ...stage.settings, SLIPWAY_FAILPOINTS: 'gateway.before_owner_commit=kill' });
    expect(killed).toBeUndefined();
    const written = stage.token();
    const { url } = await start();
    expect(stage.token()).toBe(written);
    registry.on(GetModel, ({ ref }) => sampleModel(ref));
    expect((await ask(url, written, 'GET', `${models}/iris`)).status).toBe(200);
  });

  it('should lead a caller who repeats with the same key to the one change that was made before a kill', async () => {
    const made = new Map<string, Model>();
    registry.on(RegisterModel, (body, { idempotencyKey }) => {
      const model = made.get(idempotencyKey!) ?? sampleModel(body.name, made.size + 1);
      made.set(idempotencyKey!, model);
      return model;
    });
    const register = (url: string) =>
      ask(url, stage.token(), 'POST', models, {
        body: { name: 'iris', url: `blob:${digest}` },
        headers: { 'Idempotency-Key': 'run/model' },
      });
    const first = await start({ SLIPWAY_FAILPOINTS: 'gateway.before_answer=kill' });
    await expect(register(first.url)).rejects.toThrow();
    expect(await first.ended).toBe('SIGKILL');
    expect(made.size).toBe(1);
    const second = await start();
    const answer = await register(second.url);
    expect(answer).toMatchObject({ status: 200, body: { version: 1, id: made.get('run/model')!.id } });
    expect(made.size).toBe(1);
  });

  it('should stop in order: running requests are answered, streams end, and the status is 0', async () => {
    const { url, child, ended } = await start();
    let answer: (model: Model) => void = () => undefined;
    registry.on(GetModel, () => new Promise((resolve) => (answer = resolve)));
    registry.asked.length = 0;
    const running = ask(url, stage.token(), 'GET', `${models}/slow`);
    const stream = await fetch(`${url}/api/v1/accounts/default/events`, {
      headers: { Authorization: `Bearer ${stage.token()}`, Accept: 'text/event-stream' },
    });
    const read = stream.text();
    await eventually(() => Promise.resolve(expect(registry.asked).toHaveLength(1)));
    child.kill('SIGTERM');
    setTimeout(() => answer(sampleModel('slow')), 500);
    expect(await running).toMatchObject({ status: 200, body: { name: 'slow' } });
    expect(await read).toContain(': open at');
    expect(await ended).toBe(0);
  });

  it('should stop as soon as it has started, also without a bus', async () => {
    for (let count = 0; count < 5; count += 1) await (await stage.start()).stop();
    await stage.nats.stop('SIGKILL');
    await (await stage.start()).stop();
    await stage.nats.start();
  });

  it('should carry 400 MB in little memory', async () => {
    const { url, peakBytes } = await start();
    let received = 0;
    stage.registry.handle = (request, response) => {
      request.on('data', (chunk: Buffer) => (received += chunk.length));
      request.on('end', () => response.writeHead(202).end());
    };
    expect((await ask(url, stage.token(), 'GET', '/v2/')).status).toBe(202);
    const before = peakBytes();
    const size = 400 * megabyte;
    const status = await new Promise((resolve, reject) => {
      const upload = httpRequest(`${url}/v2/default/models/blobs/uploads/1`, {
        method: 'PATCH',
        headers: { Authorization: `Bearer ${stage.token()}`, 'Content-Length': size },
      });
      upload.on('response', (response) => resolve(response.statusCode)).on('error', reject);
      const part = Buffer.alloc(megabyte);
      let left = size;
      const send = (): void => {
        for (; left > 0; left -= part.length)
          if (!upload.write(part)) {
            left -= part.length;
            upload.once('drain', send);
            return;
          }
        upload.end();
      };
      send();
    });
    expect(status).toBe(202);
    expect(received).toBe(size);
    expect(peakBytes() - before).toBeLessThan(100 * megabyte);
  });

  it('should speak TLS itself', async () => {
    const { cert, key } = selfSigned();
    const files = {
      SLIPWAY_TLS_CERT_FILE: path.join(stage.home, 'tls.pem'),
      SLIPWAY_TLS_KEY_FILE: path.join(stage.home, 'tls.key'),
    };
    writeFileSync(files.SLIPWAY_TLS_CERT_FILE, cert);
    writeFileSync(files.SLIPWAY_TLS_KEY_FILE, key);
    const { url } = await start(files);
    const port = Number(new URL(url).port);
    const status = await new Promise((resolve, reject) => {
      httpsRequest({
        host: '127.0.0.1',
        port,
        servername: 'localhost',
        ca: readFileSync(files.SLIPWAY_TLS_CERT_FILE),
        path: '/healthz',
      })
        .on('response', (response) => resolve(response.resume().statusCode))
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
  });

  it('should not start on an address that others reach, without TLS', async () => {
    expect(await spawnGateway(program, { ...stage.settings, SLIPWAY_LISTEN: '0.0.0.0:0' })).toBeUndefined();
  });
});
