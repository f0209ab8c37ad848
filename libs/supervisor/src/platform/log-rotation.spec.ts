import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastWords } from '../parts/part.js';
import { rotateLogs } from './log-rotation.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slipway-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('rotateLogs', () => {
  it('should cut a log that is too long and keep its last four', () => {
    const file = path.join(folder, 'registry.log');
    for (let round = 1; round <= 6; round += 1) {
      appendFileSync(file, `round ${round} ${'x'.repeat(100)}\n`);
      rotateLogs(folder, 100);
    }
    appendFileSync(file, 'short\n');
    rotateLogs(folder, 100);
    expect(readdirSync(folder).sort()).toEqual(['registry.log', ...[1, 2, 3, 4].map((n) => `registry.log.${n}`)]);
    expect(readFileSync(file, 'utf8')).toBe('short\n');
    expect([1, 4].map((n) => readFileSync(`${file}.${n}`, 'utf8').slice(0, 7))).toEqual(['round 6', 'round 3']);
  });
});

describe('lastWords', () => {
  it('should give the last error of JSON lines or of plain text', () => {
    const lines = [
      { level: 'info', msg: 'starting' },
      { level: 'error', msg: 'the service cannot go on', error: { message: 'the environment is not usable' } },
      { level: 'info', msg: 'bye' },
    ];
    expect(lastWords(lines.map((line) => JSON.stringify(line)).join('\n'))).toBe('the environment is not usable');
    expect(lastWords('2026 LOG: starting\n2026 FATAL:  lock file exists\n2026 LOG: down\n')).toBe(
      '2026 FATAL:  lock file exists',
    );
    expect(lastWords('nothing special\n')).toBe('nothing special');
    expect(lastWords('')).toBe('');
  });
});
