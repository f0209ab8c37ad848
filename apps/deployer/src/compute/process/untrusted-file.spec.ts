import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readReplicaRecord } from './replica-record.js';
import { openUntrusted, readUntrusted } from './untrusted-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-untrusted-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe(openUntrusted.name, () => {
  it('should open a plain file and nothing else', async () => {
    const secret = join(folder, 'secret');
    writeFileSync(secret, 'text');
    symlinkSync(secret, join(folder, 'link'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    mkdirSync(join(folder, 'directory'));
    const handle = await openUntrusted(secret);
    expect(await handle?.readFile('utf8')).toBe('text');
    await handle?.close();
    for (const name of ['link', 'pipe', 'directory', 'absent']) expect(await openUntrusted(join(folder, name))).toBeUndefined();
    expect(await readUntrusted(secret, 4)).toBe('text');
    expect(await readUntrusted(secret, 3)).toBeUndefined();
  });

  it.runIf(process.getuid?.() === 0)('should not open what belongs to a third user', async () => {
    const foreign = join(folder, 'foreign');
    writeFileSync(foreign, 'text');
    execFileSync('chown', ['50001', foreign]);
    expect(await openUntrusted(foreign)).toBeUndefined();
    const home = join(folder, 'home');
    mkdirSync(home);
    linkSync(foreign, join(home, 'log'));
    execFileSync('chown', ['50002', home]);
    expect(await openUntrusted(join(home, 'log'))).toBeUndefined();
  });
});

describe(readReplicaRecord.name, () => {
  const record = { id: 'r', pid: process.pid, startTicks: 5, bootId: 'b', port: 80 };
  const write = (content: object | string): string => {
    const file = join(folder, 'replica.json');
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  };

  it('should read a record, and none that is not one', async () => {
    const identity = { pid: process.pid, startTicks: '5', bootId: 'b' };
    expect(await readReplicaRecord(write(record))).toEqual({ id: 'r', port: 80, identity });
    expect(await readReplicaRecord(write('{'))).toBeUndefined();
    expect(await readReplicaRecord(write({ ...record, pid: 1 }))).toBeUndefined();
    expect(await readReplicaRecord(write({ ...record, pid: -5 }))).toBeUndefined();
    expect(await readReplicaRecord(join(folder, 'absent'))).toBeUndefined();
  });

  it.runIf(process.getuid?.() === 0)('should not believe a record that names the process of another user', async () => {
    const file = write(record);
    execFileSync('chown', ['-R', '50001', folder]);
    expect(await readReplicaRecord(file)).toBeUndefined();
  });
});
