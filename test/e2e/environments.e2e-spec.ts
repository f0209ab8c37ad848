import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Stage } from '../stage.js';

interface Environment {
  name: string;
  provisioningState: string;
  provisioningErrors: { code: string }[];
}

describe('environments and secrets from the command line', () => {
  const stage = new Stage();
  beforeAll(() => stage.up());
  afterAll(() => stage.close());

  it('should set up, choose, check and delete an environment', async () => {
    const storage = `file://${path.join(stage.work, 'captures')}`;
    const made = await stage.run(['env', 'setup', '-n', 'staging', '-l', 'eastus2', '-s', storage, '--max-replicas', '2', '-y']);
    expect(made.code).toBe(0);
    expect(made.stderr).toContain('note: -l is accepted for compatibility');
    expect(JSON.parse(made.stdout)).toMatchObject({ name: 'staging', provisioningState: 'Succeeded' });
    expect((await stage.run(['env', 'cluster'])).stderr).toContain('slipway env set -n NAME');
    await stage.ok('env', 'set', '-n', 'staging');
    expect(await stage.json<Environment>('env', 'show')).toMatchObject({ name: 'staging' });
    expect(await stage.json<Environment>('env', 'show', '-v')).toMatchObject({ config: { storage, quotas: { replicas: 2 } } });
    await stage.ok('env', 'local');
    expect(await stage.json<Environment>('env', 'show')).toMatchObject({ name: 'local' });
    await stage.ok('env', 'cluster');
    expect(await stage.json<Environment>('env', 'show')).toMatchObject({ name: 'staging' });
    const checks = await stage.json<{ part: string; state: string }[]>('env', 'check');
    expect(checks.map(({ part, state }) => `${part} ${state}`)).toEqual(['target ok', 'registry ok', 'storage ok']);
    const taken = await stage.run(['env', 'setup', '-n', 'staging']);
    expect([taken.code, taken.stderr]).toEqual([1, expect.stringContaining("'staging' is already there")]);
    await stage.ok('env', 'delete', '-n', 'staging');
    expect((await stage.run(['env', 'delete', '-n', 'staging'])).stderr).toContain('not found');
    expect(await stage.json<Environment>('env', 'show')).toMatchObject({ name: 'local' });
  });

  it('should say what is wrong with a cluster, and give its kubeconfig back to its owner only', async () => {
    const bare = await stage.run(['env', 'setup', '-c', '-n', 'cluster']);
    expect([bare.code, bare.stderr]).toEqual([1, expect.stringContaining('creating clusters is out of scope')]);
    const kubeconfig = JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'gone',
      clusters: [{ name: 'gone', cluster: { server: 'https://127.0.0.1:9' } }],
      users: [{ name: 'me', user: { token: 'correct-horse-battery' } }],
      contexts: [{ name: 'gone', context: { cluster: 'gone', user: 'me' } }],
    });
    writeFileSync(path.join(stage.work, 'kubeconfig'), kubeconfig);
    const words = ['env', 'setup', '-c', '-n', 'cluster', '--kubeconfig', 'kubeconfig', '--registry-address', 'r:5000'];
    const gone = await stage.run(words);
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('the cluster does not answer')]);
    const shown = await stage.ok('env', 'show', '-n', 'cluster', '-v', '-o', 'json');
    expect(JSON.parse(shown)).toMatchObject({
      provisioningState: 'Failed',
      provisioningErrors: [{ code: 'cluster_unreachable' }],
      credentialNames: ['kubeconfig'],
    });
    expect(shown).not.toContain('correct-horse');
    expect((await stage.run(['env', 'check', '-n', 'cluster'])).code).toBe(1);
    await stage.ok('env', 'get-credentials', '-n', 'cluster', '-i', 'kube/config');
    expect(readFileSync(path.join(stage.work, 'kube/config'), 'utf8')).toBe(kubeconfig);
    await stage.ok('env', 'delete', '-n', 'cluster');
  });

  it('should take secrets and show their names', async () => {
    writeFileSync(path.join(stage.work, 'key.pem'), 'correct-horse\n');
    await stage.ok('secret', 'set', 'api-token', 'battery-staple');
    await stage.ok('secret', 'set', 'tls-key', '--from-file', 'key.pem');
    const listed = await stage.ok('secret', 'list', '-o', 'json');
    expect((JSON.parse(listed) as { name: string }[]).map(({ name }) => name)).toEqual(['api-token', 'tls-key']);
    expect(listed).not.toMatch(/battery|horse/);
    expect((await stage.run(['secret', 'set', 'nothing'])).code).toBe(1);
    await stage.ok('secret', 'delete', 'tls-key');
    expect((await stage.run(['secret', 'delete', 'tls-key'])).stderr).toContain('not found');
  });
});
