import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFile } from './log-file.js';
import { ReplicaLog } from './replica-log.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const all = (): boolean => true;
const record = (second: number, message: string, requestId: string | null = null): string =>
  JSON.stringify({ time: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z`, requestId, message });

describe(LogFile.name, () => {
  it('should read the newest lines of a file of many parts, and go on after them', async () => {
    const path = join(folder, 'log');
    const lines = Array.from({ length: 5_000 }, (_, at) => `${at} ${'x'.repeat(at % 700)}`);
    writeFileSync(path, `${lines.join('\n')}\nunfinished`);
    const file = (await LogFile.open(path))!;
    expect(await file.newest(3, all)).toEqual(lines.slice(-3).reverse());
    expect(await file.newest(10_000, all)).toEqual([...lines].reverse());
    expect(await file.newest(2, (line) => line.startsWith('1'))).toEqual([lines[1_999], lines[1_998]]);
    expect(await file.next()).toEqual([]);
    appendFileSync(path, ' now\n');
    expect(await file.next()).toEqual(['unfinished now']);
    await file.close();
  });

  it('should read a line that is longer than what is read at once', async () => {
    const path = join(folder, 'log');
    writeFileSync(path, `first\n${'y'.repeat(600_000)}\nlast\n`);
    const file = (await LogFile.open(path))!;
    expect((await file.newest(9, all)).map((line) => line.length)).toEqual([4, 600_000, 5]);
    await file.close();
  });
});

describe(ReplicaLog.name, () => {
  const source = (): ConstructorParameters<typeof ReplicaLog>[0] => ({ id: 'r', revision: 1, folder });
  const messages = (lines: { text: string }[]): unknown[] =>
    lines.map((line) => (JSON.parse(line.text) as { message: unknown }).message);

  it('should give rotated files, the present one and what came before, newest first', async () => {
    writeFileSync(join(folder, 'boot.log'), 'cannot import\n');
    writeFileSync(join(folder, 'replica.jsonl.1'), `${record(1, 'a')}\n${record(2, 'b')}\n`);
    writeFileSync(join(folder, 'replica.jsonl'), `${record(3, 'c')}\n`);
    const log = new ReplicaLog(source(), undefined);
    expect(messages(await log.newest(10, ''))).toEqual(['c', 'b', 'a', 'cannot import']);
    expect(messages(await log.newest(2, ''))).toEqual(['c', 'b']);
    await log.close();
  });

  it('should leave out lines of other requests', async () => {
    writeFileSync(
      join(folder, 'replica.jsonl'),
      `${record(1, 'mine', 'q1')}\n${record(2, 'q1 is named', 'q2')}\n${record(3, 'none')}\n`,
    );
    const log = new ReplicaLog(source(), 'q1');
    expect(messages(await log.newest(10, ''))).toEqual(['mine']);
    await log.close();
  });

  it('should follow a file through its rotation without losing or repeating a line', async () => {
    const path = join(folder, 'replica.jsonl');
    writeFileSync(path, `${record(1, 'a')}\n`);
    const log = new ReplicaLog(source(), undefined);
    await log.newest(10, '');
    appendFileSync(path, `${record(2, 'b')}\n`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, `${record(3, 'c')}\n`);
    expect(messages(await log.next())).toEqual(['b', 'c']);
    appendFileSync(path, `${record(4, 'd')}\n`);
    expect(messages(await log.next())).toEqual(['d']);
    expect(await log.next()).toEqual([]);
    await log.close();
  });
});
