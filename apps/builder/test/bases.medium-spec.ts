import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, temporaryFolder } from '#slipway/testing';
import { account, Stage } from './fixture.js';

const script = 'import ssl\n\ndef init():\n    pass\n\ndef run(raw):\n    return raw\n';

describe('base of Debian packages', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
    await stage.startBuilder({ SLIPWAY_BASE: 'debian' });
  });
  afterAll(() => stage.close());

  const build = async (text = script) => stage.build((await stage.manifest({ script: text })).id, 'based');

  it('should be the lowest layer, with locked packages in the list of the image', async () => {
    const image = await build();
    expect(image, await stage.log(image.id)).toMatchObject({ creationState: 'Succeeded' });
    const { layers, config } = await stage.document(image);
    expect(layers.map(({ annotations }) => annotations['io.slipway.layer'])).toEqual(['base', 'dependencies', 'runtime', 'code']);
    expect(config.config).toMatchObject({
      User: '65532:65532',
      Env: expect.arrayContaining(['PATH=/usr/local/bin:/usr/bin:/bin', 'SLIPWAY_LISTEN=0.0.0.0:5001']),
      Labels: { 'io.slipway.base': 'debian' },
    });
    const files = await stage.filesOf(image, layers[0]!);
    for (const name of ['etc/passwd', 'etc/ssl/certs/ca-certificates.crt', 'usr/lib/os-release', `usr/bin/python${stage.python}`])
      expect([...files.keys()]).toContain(name);
    const sbom = (await stage.sbom(image)) as { components: { purl: string; hashes?: { content: string }[] }[] };
    expect(sbom.components.find(({ purl }) => purl.startsWith('pkg:deb/debian/libc6@'))?.hashes?.[0]?.content).toMatch(
      /^[0-9a-f]{64}$/,
    );
  });

  it('should be made once for all manifests, and give the same digest when it is made anew', async () => {
    const first = await build();
    const second = await build(`# other\n${script}`);
    const [one, other] = [await stage.document(first), await stage.document(second)];
    expect(other.layers[0]).toEqual(one.layers[0]);
    expect(await stage.log(second.id)).toContain(`the base layer ${one.layers[0]!.digest} is reused`);

    await stage.query('DELETE FROM layer_cache');
    await stage.query('DELETE FROM resolution');
    const anew = await build();
    expect(anew.digest).toBe(first.digest);
    expect(await stage.log(anew.id)).toContain('laying out the base');
  });

  it('should run Python with what wheels need, from its own files alone', async (context) => {
    if (process.getuid?.() !== 0) return context.skip('changing the root needs root');
    const image = await build();
    const { layers } = await stage.document(image);
    const { stream } = await stage.store.getBlob(`${account}/${image.name}`, layers[0]!.digest);
    const folder = temporaryFolder('root');
    const archive = path.join(folder, 'base.tar.gz');
    writeFileSync(archive, Buffer.concat(await stream.toArray()));
    const root = path.join(folder, 'root');
    mkdirSync(root);
    execFileSync('tar', ['--extract', '--file', archive, '--directory', root]);
    const code = `
import ctypes, os, pkgutil, pwd, ssl, stat, sys, time, zoneinfo
for library in ("libgomp.so.1", "libstdc++.so.6"): ctypes.CDLL(library)
import asyncio, bz2, ctypes, curses, dbm, decimal, hashlib, lzma, multiprocessing, readline, sqlite3, uuid, zlib
assert ssl.create_default_context().cert_store_stats()["x509"] > 50
assert zoneinfo.ZoneInfo("Europe/Berlin")
assert pwd.getpwuid(65532).pw_name == "slipway"
assert stat.S_IMODE(os.stat("/tmp").st_mode) == 0o1777
assert asyncio.__cached__ and os.path.exists(asyncio.__cached__), asyncio.__cached__
print("%d.%d" % sys.version_info[:2])
`;
    const args = ['--userspec=65532:65532', root, '/usr/bin/python3', '-I', '-c', code];
    expect(execFileSync('/usr/sbin/chroot', args, { encoding: 'utf8', env: {} }).trim()).toBe(stage.python);
    expect(execFileSync('find', [root, '-perm', '/6000'], { encoding: 'utf8' })).toBe('');
    removeFolder(folder);
  });

  it('should be missing, with one clear line, where apt is missing', async () => {
    await stage.builder.stop('SIGTERM');
    await stage.query('DELETE FROM resolution');
    const programs = path.join(stage.home, 'programs');
    mkdirSync(programs);
    await stage.startBuilder({ SLIPWAY_BASE: 'debian', SLIPWAY_PYTHON: pythonProgram(), PATH: programs });
    const image = await build(`# without apt\n${script}`);
    expect(image).toMatchObject({ creationState: 'Succeeded' });
    const { layers, config } = await stage.document(image);
    expect(layers[0]?.annotations['io.slipway.layer']).toBe('dependencies');
    expect(config.config.Labels['io.slipway.base']).toBe('none');
    expect(await stage.log(image.id)).toMatch(/gets no base layer .* apt-get is not on this machine; build where apt-get offers/);
  });
});

const pythonProgram = (): string =>
  execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
