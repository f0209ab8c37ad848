import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { endLeftSteps, runStep, type Step } from './child-process.adapter.js';

describe(runStep.name, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-step-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const shell = (script: string, more: Partial<Step> = {}): Step => ({
    program: '/bin/sh',
    args: ['-c', script],
    cwd: folder,
    env: { PATH: '/usr/bin:/bin' },
    timeoutMs: 10_000,
    signal: new AbortController().signal,
    folder,
    ...more,
  });
  const alive = (pid: number): boolean =>
    existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const childPid = async (): Promise<number> => {
    await expect.poll(() => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8') !== '').toBe(true);
    return Number(readFileSync(join(folder, 'pid'), 'utf8'));
  };
  /** A program with a child of its own, which notes its number. */
  const family = "sh -c 'echo $$ > pid; exec sleep 60' & wait";

  it('should give the status and the output, line by line', async () => {
    const lines: string[] = [];
    const result = await runStep(
      shell('cat; printf "one\\ntwo\\r\\nthree" >&2; exit 3', { input: 'in\n', onLine: (line) => lines.push(line) }),
    );
    expect(result).toEqual({ status: 3, stdout: 'in\n', stderr: 'one\ntwo\r\nthree' });
    expect(lines.sort()).toEqual(['in', 'one', 'three', 'two']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('should pass on nothing of its own environment', async () => {
    const { stdout } = await runStep(shell('env'));
    expect(stdout.split('\n').filter((line) => line && !/^(?:PATH|PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual([]);
  });

  it('should end a step and its children at the time limit', async () => {
    await expect(runStep(shell(family, { timeoutMs: 500 }))).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await expect.poll(async () => alive(await childPid())).toBe(false);
  });

  it('should end a step and its children on the signal, with its reason', async () => {
    const stop = new AbortController();
    const running = runStep(shell(family, { signal: stop.signal }));
    const pid = await childPid();
    stop.abort(new Error('stopping'));
    await expect(running).rejects.toThrow('stopping');
    await expect.poll(() => alive(pid)).toBe(false);
  });

  it('should keep its own memory small before a step that talks without end', async () => {
    const { stdout } = await runStep(shell('head -c 60000000 /dev/zero | tr "\\0" x'));
    expect(stdout.length).toBeLessThan(20_000_000);
  });

  it('should say that a program is missing', async () => {
    await expect(runStep(shell('', { program: join(folder, 'none') }))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('should let a later life of the builder end what was left, and nothing else', async () => {
    const left = spawn('/bin/sh', ['-c', 'sleep 60 & wait'], { detached: true, stdio: 'ignore' });
    const other = spawn('/bin/sleep', ['60'], { detached: true, stdio: 'ignore' });
    const start = (pid: number): string => {
      const ticks = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19]!;
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
    };
    writeFileSync(join(folder, `step-${left.pid}.pid`), start(left.pid!));
    writeFileSync(join(folder, `step-${other.pid}.pid`), start(left.pid!).replace(/\d+$/, '1'));
    endLeftSteps(folder);
    const [, signal] = (await once(left, 'exit')) as [null, string];
    expect(signal).toBe('SIGKILL');
    expect(alive(other.pid!)).toBe(true);
    process.kill(-other.pid!, 'SIGKILL');
  });
});
