import { describe, expect, it } from 'vitest';
import { Progress } from './core/progress.js';
import type { Shell } from './core/shell.js';
import { dropRealtime, run } from './program.js';

function makeShell(): { shell: Shell; out: string[]; err: string[] } {
  const out: string[] = [];
  const err: string[] = [];
  const stderr = { write: (text: string) => err.push(text) };
  const shell: Shell = {
    env: {
      url: undefined,
      token: undefined,
      account: 'default',
      home: '/nonexistent',
      stderrIsTerminal: false,
      stdoutIsTerminal: false,
    },
    cwd: '/tmp',
    progress: new Progress(stderr, false),
    stdout: { write: (text: string) => out.push(text) },
    stderr,
    signal: new AbortController().signal,
    api: () => {
      throw new Error('no command of these tests reaches the API');
    },
  };
  return { shell, out, err };
}

describe(dropRealtime.name, () => {
  it.each([
    [
      ['service', 'show', 'realtime', '-i', 'x'],
      ['service', 'show', '-i', 'x'],
    ],
    [
      ['service', 'show', '-n', 'realtime'],
      ['service', 'show', '-n', 'realtime'],
    ],
    [
      ['service', 'create', 'realtime', 'realtime'],
      ['service', 'create', 'realtime'],
    ],
    [
      ['model', 'show', 'realtime'],
      ['model', 'show', 'realtime'],
    ],
  ])('should turn %j into %j', (given, kept) => expect(dropRealtime(given)).toEqual(kept));
});

describe(run.name, () => {
  it.each([
    [['service', 'create', 'iris', '--no-such-flag'], '--no-such-flag', 'slipway service create --help'],
    [['service', 'create', 'iris', '-z', 'many'], 'many', 'slipway service create --help'],
    [['service', 'create', 'iris', '-f', 'none.py'], 'none.py', 'check the path'],
    [['service', 'create', '-f', 'score.py'], 'no service was named', '-n <name>'],
    [['service', 'create', 'iris'], 'no scoring script', '-f score.py'],
    [['service', 'create', 'iris', '--image-id', 'x', '-f', 'score.py'], '--image-id', 'leave'],
    [['service', 'create', 'iris', '-f', 'score.py', '-r', 'fortran'], 'fortran', '-r python'],
    [['service', 'update', 'iris', '-e', '1A=x'], '1A=x', 'slipway service update --help'],
    [['frobnicate'], 'frobnicate', '--help'],
  ])('should answer %j with one clear error', async (args, value, next) => {
    const { shell, out, err } = makeShell();
    expect(await run(args, shell)).toBe(1);
    expect(out).toEqual([]);
    const text = err.join('');
    expect(text).toContain(value);
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^error: .*; next: ./);
    expect(text).toContain(next);
  });

  it('should print help on stdout and succeed', async () => {
    const { shell, out } = makeShell();
    expect(await run(['service', 'create', '--help'], shell)).toBe(0);
    expect(out.join('')).toContain('--collect-model-data');
  });
});
