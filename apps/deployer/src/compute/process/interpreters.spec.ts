import { describe, expect, it } from 'vitest';
import { type InterpreterHost, type InterpreterReport, Interpreters } from './interpreters.js';

/** A machine with these programs; `forUsers` says which of the real ones another user can start. */
class FakeMachine implements InterpreterHost {
  asked = 0;
  time = 0;
  stuck = false;
  constructor(
    readonly programs: Record<string, InterpreterReport | undefined>,
    private readonly forUsers: string[],
  ) {}
  async candidates(): Promise<string[]> {
    this.asked += 1;
    if (this.stuck) await new Promise(() => undefined);
    return Object.keys(this.programs);
  }
  async ask(program: string, uid: number | undefined): Promise<InterpreterReport | undefined> {
    const own = this.programs[program] ?? Object.values(this.programs).find((report) => report?.executable === program);
    return uid === undefined || this.forUsers.includes(program) ? own : undefined;
  }
  now(): number {
    return this.time;
  }
}

const shims = '/root/.pyenv/shims/python3';
const hidden = { version: '3.12', executable: '/root/.pyenv/versions/3.12.1/bin/python3.12' };
const system = { version: '3.11', executable: '/usr/bin/python3.11' };
const old = { version: '3.9', executable: '/usr/bin/python3.9' };

describe(Interpreters.name, () => {
  const machine = (): FakeMachine =>
    new FakeMachine(
      { [shims]: hidden, '/usr/bin/python3.11': system, '/usr/bin/python3.9': old, '/usr/bin/python3': undefined },
      ['/usr/bin/python3.11', '/usr/bin/python3.9'],
    );

  it('should find the first program of the version that the user can start', async () => {
    expect(await new Interpreters(machine()).find('3.11', 50_000)).toEqual(system);
    expect(await new Interpreters(machine()).find('3.12', undefined)).toEqual(hidden);
  });

  it('should name the version needed, those there are, and the one that only we can start', async () => {
    const refusal = new Interpreters(machine()).find('3.12', 50_000);
    await expect(refusal).rejects.toMatchObject({ code: 'python_missing' });
    await expect(refusal).rejects.toThrow(
      `needs Python 3.12, this machine's replicas can start: 3.11 (/usr/bin/python3.11), 3.9 (/usr/bin/python3.9); ${hidden.executable} is Python 3.12 but`,
    );
  });

  it('should list supported versions, newest first', async () => {
    expect(await new Interpreters(machine()).versions(undefined)).toEqual([hidden, system]);
    expect(await new Interpreters(machine()).versions(50_000)).toEqual([system]);
  });

  it('should ask the machine once, and again after a while without anybody waiting', async () => {
    const host = machine();
    const interpreters = new Interpreters(host);
    await Promise.all([interpreters.find('3.11', undefined), interpreters.versions(undefined)]);
    expect(host.asked).toBe(1);
    host.time += 61_000;
    host.stuck = true;
    expect(await interpreters.find('3.11', undefined)).toEqual(system);
    expect(host.asked).toBe(2);
  });

  it('should look again for a version that was not there', async () => {
    const host = machine();
    const interpreters = new Interpreters(host);
    await expect(interpreters.find('3.13', undefined)).rejects.toMatchObject({ code: 'python_missing' });
    const fresh = { version: '3.13', executable: '/usr/bin/python3.13' };
    host.programs['/usr/bin/python3.13'] = fresh;
    expect(await interpreters.find('3.13', undefined)).toEqual(fresh);
  });
});
