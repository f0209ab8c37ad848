import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BuildLogs } from './build-logs.adapter.js';

describe(BuildLogs.name, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-logs-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('should write a line with its time, without controls and credentials', () => {
    const logs = new BuildLogs(folder, 1e9);
    logs.append('a', 'from https://me:geheim@pypi.example\u001b[31m\nnext');
    expect(readFileSync(logs.file('a'), 'utf8')).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+Z from https:\/\/\*\*\*@pypi.example \[31m next\n$/,
    );
    expect(logs.tail('a')).toEqual(['from https://***@pypi.example [31m next']);
    expect(logs.tail('none')).toEqual([]);
  });

  it('should cut a log that is too long and keep its last words', () => {
    const logs = new BuildLogs(folder, 1e9);
    for (let at = 0; at < 6_000; at += 1) logs.append('a', 'x'.repeat(2_000));
    logs.append('a', 'failed: why', true);
    expect(statSync(logs.file('a')).size).toBeLessThan(9 * 2 ** 20);
    expect(logs.tail('a', 2)).toEqual(['(the log is cut here)', 'failed: why']);
  });

  it('should remove the oldest logs', () => {
    const logs = new BuildLogs(folder, 250);
    for (const [at, id] of ['a', 'b', 'c'].entries()) {
      logs.append(id, 'y'.repeat(70));
      utimesSync(logs.file(id), at, at);
    }
    logs.sweep();
    expect(['a', 'b', 'c'].map((id) => existsSync(logs.file(id)))).toEqual([false, true, true]);
  });
});
