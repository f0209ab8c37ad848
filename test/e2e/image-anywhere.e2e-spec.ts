import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseStablePort } from '#slipway/supervisor';
import { dockerMissing, startDocker, type TestDocker } from '#slipway/testing';
import { call, eventually, Stage } from '../stage.js';

const execute = promisify(execFile);
const script = `import numpy
import json

def init():
    global weights
    weights = json.load(open("weights.json"))

def run(raw):
    return {"sum": float(numpy.add(weights, json.loads(raw)["values"]).sum())}
`;

describe.skipIf(dockerMissing() !== undefined)('an image outside of Slipway', () => {
  const stage = new Stage();
  let docker: TestDocker;
  let image: { id: string; name: string; version: number; digest: string };

  beforeAll(async () => {
    docker = await startDocker();
    writeFileSync(path.join(stage.work, 'score.py'), script);
    writeFileSync(path.join(stage.work, 'weights.json'), '[1, 2]');
    writeFileSync(path.join(stage.work, 'requirements.txt'), 'numpy\n');
    await stage.up();
    image = await stage.json('image', 'create', '-n', 'sum', '-f', 'score.py', '-m', 'weights.json', '-p', 'requirements.txt');
  });
  afterAll(async () => {
    await docker?.close();
    await stage.close();
  });

  /** The lines that `image usage` prints for a command, without the command itself. */
  const usage = async (...start: string[]): Promise<string[]> => {
    const text = await stage.ok('image', 'usage', image.id);
    const line = text.split('\n').find((each) => each.trim().startsWith(`docker ${start.join(' ')}`));
    if (!line) throw new Error(`no docker ${start.join(' ')} in:\n${text}`);
    return line.trim().split(' ').slice(1);
  };
  const token = (): string => readFileSync(path.join(stage.home, 'secrets/owner-token'), 'utf8').trim();

  it('should be pulled and run by Docker as its usage says, with an answer from /score', async () => {
    await expect(docker.docker(await usage('pull'))).rejects.toThrow(/no basic auth credentials|unauthorized/);
    await docker.docker([...(await usage('login')), '--password-stdin'], token());
    expect(await docker.docker(await usage('pull'))).toContain(`Digest: ${image.digest}`);

    const port = await chooseStablePort();
    const words = (await usage('run')).map((word) => word.replace('127.0.0.1:5001:', `127.0.0.1:${port}:`));
    await docker.docker([words[0]!, '--detach', '--name', 'sum', '--cap-drop', 'ALL', ...words.slice(1)]);
    const answer = await eventually(async () => {
      const response = await fetch(`http://127.0.0.1:${port}/score`, {
        method: 'POST',
        body: '{"values":[10,20]}',
        signal: AbortSignal.timeout(5_000),
      });
      expect(response.status).toBe(200);
      return (await response.json()) as unknown;
    }, 60_000);
    expect(answer).toEqual({ sum: 33 });
    const code = 'import os; print(os.getuid(), os.getcwd())';
    expect(await docker.docker(['exec', 'sum', 'python3', '-c', code])).toBe('65532 /app\n');
    const ended = docker.docker(['wait', 'sum']);
    await docker.docker(['stop', 'sum']);
    expect(await ended).toBe('0\n');
  });

  it('should be pulled by containerd with the same digest', async () => {
    const registry = (await usage('pull'))[1]!;
    const ctr = ['--address', docker.containerdSocket, '--namespace', 'slipway', 'images'];
    await execute('ctr', [...ctr, 'pull', '--plain-http', '--user', `slipway:${token()}`, registry]);
    const { stdout } = await execute('ctr', [...ctr, 'list']);
    expect(stdout).toContain(image.digest);
  });

  it('should give the same answer as a process of this machine', async () => {
    const service = await stage.json<{ scoringUri: string }>('service', 'create', 'sum', '--image-id', image.id);
    const { primaryKey } = await stage.json<{ primaryKey: string }>('service', 'keys', 'sum');
    expect(await call({ url: service.scoringUri, key: primaryKey }, [10, 20])).toMatchObject({ status: 200, body: { sum: 33 } });
  });

  it('should be refused by the deployer when another key than the builder signed what it says of itself', async () => {
    const file = path.join(stage.home, 'secrets/builder.pub.pem');
    const own = readFileSync(file);
    const { publicKey } = generateKeyPairSync('ed25519');
    writeFileSync(path.join(stage.work, 'echo.py'), 'def init():\n    pass\n\ndef run(raw):\n    return raw\n');
    const unknown = await stage.json<{ id: string }>('image', 'create', '-n', 'unknown', '-f', 'echo.py');
    writeFileSync(file, publicKey.export({ type: 'spki', format: 'pem' }));
    const refused = await stage.run(['service', 'create', 'unknown', '--image-id', unknown.id]);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/image unknown:1 \(sha256:.*signed; create the image again/),
    });
    writeFileSync(file, own);
    await stage.ok('service', 'create', 'unknown', '--image-id', unknown.id);
  });

  it('should have the same digest when another installation builds it', async () => {
    const other = new Stage();
    try {
      for (const name of ['score.py', 'weights.json', 'requirements.txt'])
        writeFileSync(path.join(other.work, name), readFileSync(path.join(stage.work, name)));
      await other.up();
      const again = await other.json<{ digest: string }>(
        ...['image', 'create', '-n', 'sum', '-f', 'score.py', '-m', 'weights.json', '-p', 'requirements.txt'],
      );
      expect(again.digest).toBe(image.digest);
    } finally {
      await other.close();
    }
  });
});
