import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adder, eventually, type Result, root, runProgram, Stage } from '../stage.js';

/** What differs from run to run, by a name for it. */
function stable(text: string, stage: Stage): string {
  return text
    .replaceAll(stage.home, '<home>')
    .replaceAll(stage.work, '<work>')
    .replaceAll(root, '<root>/')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:<port>')
    .replace(/\b(pid|port|--port) \d+/g, '$1 <n>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/--resume [0-9a-f]+/g, '--resume <run>')
    .replace(/\d+(\.\d+)? (?:s|ms)\b/g, '<duration>');
}

/** The last line: what was wrong, with which value, and what to do. */
const lastLine = ({ stderr }: Result): string => stderr.trimEnd().split('\n').at(-1) ?? '';

/** PostgreSQL's own processes, which must stand still with it. */
function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
}

async function golden(name: string, result: Result, stage: Stage, exitCode: number): Promise<void> {
  expect(result.code, result.stderr).toBe(exitCode);
  expect(result.stdout).toBe('');
  const text = `${stable(lastLine(result), stage)}\n`;
  expect(text).toMatch(/^error: .*; next: ./);
  expect(text).not.toMatch(/\bat \S+:\d+:\d+|node_modules|ECONN/);
  await expect(text).toMatchFileSnapshot(`golden/${name}.txt`);
}

const conda = (...packages: string[]): string =>
  `name: env\ndependencies:\n  - pip:\n${packages.map((line) => `      - ${line}\n`).join('')}`;

describe('the usual mistakes', () => {
  const stage = new Stage();
  const file = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(stage.work, name)), { recursive: true });
    writeFileSync(path.join(stage.work, name), text);
  };
  const create = (name: string, ...more: string[]): Promise<Result> =>
    stage.run(['service', 'create', name, '-f', 'score.py', '-m', 'weights.json', ...more]);

  beforeAll(async () => {
    file('score.py', adder.script);
    file('weights.json', adder.model(1));
    await stage.up();
    await stage.ok('service', 'create', 'adder', '-f', 'score.py', '-m', 'weights.json');
  });
  afterAll(() => stage.close());

  it('should name an unknown flag', async () => golden('unknown-flag', await create('other', '--replica', '2'), stage, 1));
  it('should name a missing file', async () =>
    golden('missing-file', await stage.run(['model', 'register', '-m', 'modle.pkl', '-n', 'm']), stage, 1));
  it('should name a name outside the grammar', async () => golden('bad-name', await create('My_Service'), stage, 1));
  it('should name an unknown id', async () =>
    golden('unknown-id', await stage.run(['service', 'show', '-i', '01932d0e-0000-7000-8000-000000000000']), stage, 1));
  it('should name a taken name', async () => golden('taken-name', await create('adder'), stage, 1));
  it('should name a version that does not exist', async () =>
    golden('unknown-version', await stage.run(['service', 'create', 'other', '--image-id', 'adder:99']), stage, 1));

  it('should name a broken schema', async () => {
    file('broken_schema.json', '{"input": ');
    await golden('broken-schema', await create('broken-schema', '-s', 'broken_schema.json'), stage, 1);
  });

  it('should name an import that the dependencies lack', async () => {
    file('needs.py', 'import sklearn\n\ndef init():\n    pass\n\ndef run(raw):\n    return 1\n');
    file('env.yml', conda('six==1.17.0'));
    await golden(
      'missing-dependency',
      await stage.run(['service', 'create', 'needs', '-f', 'needs.py', '-m', 'weights.json', '-c', 'env.yml']),
      stage,
      1,
    );
  });

  it('should give the resolver’s words for a dependency that does not exist', async () => {
    file('impossible.yml', conda('six==99.99.99'));
    const result = await create('impossible', '-c', 'impossible.yml');
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/no version of six==99\.99\.99/);
    expect(lastLine(result)).toMatch(/^error: .*six==99\.99\.99.*; next: ./);
  });

  it('should name the line of a script that is not Python', async () => {
    file('typo.py', 'def init():\n    pass\n\ndef run(raw)\n    return 1\n');
    await golden('syntax-error', await stage.run(['service', 'create', 'typo', '-f', 'typo.py', '-m', 'weights.json']), stage, 1);
  });

  it('should show the traceback of an init() that raises', async () => {
    file('fails.py', 'def init():\n    open("not-there.txt")\n\ndef run(raw):\n    return 1\n');
    const result = await stage.run(['service', 'create', 'fails', '-f', 'fails.py', '-m', 'weights.json']);
    expect(result.stderr).toContain('Traceback (most recent call last)');
    expect(result.stderr).toContain('fails.py", line 2, in init');
    await golden('init-raises', result, stage, 1);
    const { state } = await stage.json<{ state: string }>('service', 'show', 'fails');
    expect(state).toBe('Failed');
  });

  it('should refuse an empty model', async () => {
    file('empty.pkl', '');
    await golden('empty-model', await stage.run(['model', 'register', '-m', 'empty.pkl', '-n', 'empty']), stage, 1);
    mkdirSync(path.join(stage.work, 'empty-folder'), { recursive: true });
    await golden('empty-folder', await stage.run(['model', 'register', '-m', 'empty-folder', '-n', 'empty']), stage, 1);
    expect(
      await stage
        .json('model', 'list')
        .then((models) => (models as { name: string }[]).filter((model) => model.name === 'empty')),
    ).toEqual([]);
  });

  describe('of a scoring request', () => {
    const ask = async (body: string, key?: string): Promise<{ status: number; text: string }> => {
      const { scoringUri } = await stage.json<{ scoringUri: string }>('service', 'show', 'adder');
      const { primaryKey } = await stage.json<{ primaryKey: string }>('service', 'keys', 'adder');
      const response = await fetch(scoringUri, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key ?? primaryKey}` },
      });
      return { status: response.status, text: stable(await response.text(), stage) };
    };

    it('should refuse 20 MB', async () => {
      const answer = await ask(`"${'x'.repeat(20 * 2 ** 20)}"`);
      expect(answer.status).toBe(413);
      await expect(answer.text).toMatchFileSnapshot('golden/large-request.json');
    });

    it('should refuse a wrong key', async () => {
      const answer = await ask('{"values": [1]}', 'slk_wrong');
      expect(answer.status).toBe(401);
      await expect(answer.text).toMatchFileSnapshot('golden/wrong-key.json');
    });

    it('should answer invalid JSON with the script’s own failure and a request id', async () => {
      const answer = await ask('{"values": ');
      expect(answer.status).toBe(500);
      await expect(answer.text).toMatchFileSnapshot('golden/invalid-json.json');
      await golden('run-invalid-json', await stage.run(['service', 'run', 'adder', '-d', '{"values": ']), stage, 2);
    });

    it('should mend a killed replica', async () => {
      const { replicas } = await stage.json<{ replicas: { id: string }[] }>('service', 'show', 'adder');
      const { pid } = JSON.parse(
        readFileSync(path.join(stage.home, 'run/replicas', replicas[0]!.id, 'replica.json'), 'utf8'),
      ) as { pid: number };
      process.kill(pid, 'SIGKILL');
      await eventually(async () => expect((await ask('{"values": [1]}')).status).toBe(200), 30_000);
    });
  });

  describe('of the installation', () => {
    it('should refuse a second up', async () => golden('second-up', await stage.run(['up']), stage, 1));

    it('should say so while PostgreSQL is gone, lose nothing, and go on', async () => {
      const frozen = [stage.pidOf('postgres'), ...childrenOf(stage.pidOf('postgres'))];
      for (const pid of frozen) process.kill(pid, 'SIGSTOP');
      const result = await stage.run(['model', 'register', '-m', 'weights.json', '-n', 'while-away']);
      for (const pid of frozen) process.kill(pid, 'SIGCONT');
      expect(result.code, result.stderr).toBe(2);
      expect(lastLine(result)).toMatch(/^error: .*; next: ./);
      await eventually(() => stage.ok('model', 'register', '-m', 'weights.json', '-n', 'afterwards', '-o', 'json'), 60_000);
    });

    it('should name a kept port that is taken, and who holds it', async () => {
      const other = new Stage();
      const server: Server = createServer();
      try {
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
        const { port } = server.address() as { port: number };
        const result = await other.run(['up', '--detach', '--port', String(port)]);
        await golden(
          'port-taken',
          {
            ...result,
            stderr: result.stderr
              .replaceAll(String(port), '<n>')
              .replace(/taken by .*?;/, 'taken by <holder>;')
              .replace(/--port \d+/g, '--port <n>'),
          },
          other,
          1,
        );
      } finally {
        server.close();
        await other.close();
      }
    });

    it('should say what to install when there is no Python', async () => {
      const result = await runProgram(process.execPath, [path.join(root, 'scripts/bootstrap.mjs'), 'build'], {
        cwd: root,
        env: { ...process.env, SLIPWAY_PYTHON: '/nonexistent/python3' },
        timeoutMs: 60_000,
      });
      expect(result.code).not.toBe(0);
      await expect(stable(result.stderr, stage)).toMatchFileSnapshot('golden/no-python.txt');
    });

    it.skipIf(process.getuid?.() !== 0)(
      'should refuse an upload that the disk has no room for, and keep nothing of it',
      async () => {
        const small = path.join(stage.work, 'small-disk');
        mkdirSync(small);
        const mounted = await runProgram('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small], {
          cwd: stage.work,
          timeoutMs: 10_000,
        });
        expect(mounted.code, mounted.stderr).toBe(0);
        const other = new Stage({ SLIPWAY_BLOBS: `file:${small}` });
        try {
          await other.up();
          writeFileSync(path.join(other.work, 'large.bin'), Buffer.alloc(12 * 2 ** 20, 7));
          const result = await other.run(['model', 'register', '-m', 'large.bin', '-n', 'large']);
          await golden('disk-full', result, other, 1);
          writeFileSync(path.join(other.work, 'small.bin'), 'small');
          await other.ok('model', 'register', '-m', 'small.bin', '-n', 'small', '-o', 'json');
        } finally {
          await other.close();
          await runProgram('umount', [small], { cwd: '/', timeoutMs: 10_000 });
          rmSync(small, { recursive: true, force: true });
        }
      },
    );
  });
});
