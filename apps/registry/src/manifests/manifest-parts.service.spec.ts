import { describe, expect, it } from 'vitest';
import { type CommandContext, CreateManifest, type RequestInputOf } from '#slipway/contracts';
import { type Digest, digestOf } from '#slipway/oci';
import { type CommandClient, DomainError, parseRequest } from '#slipway/platform';
import type { ArchiveFacts } from '../archives/archive-facts.js';
import type { ArchivesService } from '../archives/archives.service.js';
import type { UploadedBlobs } from '../blobs/uploaded-blobs.service.js';
import type { ModelsService } from '../models/models.service.js';
import { ManifestPartsService } from './manifest-parts.service.js';

const ctx: CommandContext = {
  account: 'acme',
  actor: 'token:1',
  roles: ['owner'],
  correlationId: 'c',
  deadline: Date.now() + 60_000,
};
const digest = (name: string): Digest => digestOf(name);
const url = (name: string) => `blob:${digest(name)}`;
const file = (path: string): ArchiveFacts => ({
  path,
  kind: 'file',
  files: 1,
  directories: 1,
  totalBytes: 3,
  contentDigest: digest(path),
});

/** Archives and texts by name; whatever else is asked for is an error. */
function parts(known: Record<string, ArchiveFacts | string>, pythons: string[] | Error = ['3.11']) {
  const named = (wanted: string) => {
    const name = Object.keys(known).find((candidate) => digest(candidate) === wanted);
    if (name === undefined) throw new DomainError('not_found', `no blob ${wanted}`);
    return known[name]!;
  };
  const uploaded: Pick<UploadedBlobs, 'require' | 'text'> = {
    require: async (_account, text) => {
      named(text.slice(5));
      return { digest: text.slice(5) as Digest, size: 10 };
    },
    text: async (_account, text) => named(text.slice(5)) as string,
  };
  const archives: Pick<ArchivesService, 'facts' | 'files'> = {
    facts: async (wanted) => named(wanted) as ArchiveFacts,
    files: async (wanted) => {
      const { path, contentDigest } = named(wanted) as ArchiveFacts;
      return new Map([[path, contentDigest ?? wanted]]);
    },
  };
  const models: Pick<ModelsService, 'resolve'> = {
    resolve: async (ref) => {
      if (!ref.startsWith('m')) throw new DomainError('not_found', `no model ${ref}`);
      const id = `0192000${ref.slice(1)}-0000-7000-8000-000000000000`;
      return { id, name: 'iris', version: Number(ref.slice(1)), digest: digest(ref), path: 'model.pkl', size: 1 } as Awaited<
        ReturnType<ModelsService['resolve']>
      >;
    },
  };
  const commands = {
    send: async () => {
      if (pythons instanceof Error) throw pythons;
      return { versions: pythons.map((version) => ({ version, path: '/usr/bin/python3' })) };
    },
  };
  const service = new ManifestPartsService(
    models as ModelsService,
    uploaded as UploadedBlobs,
    archives as ArchivesService,
    commands as unknown as CommandClient,
  );
  return (more: Partial<RequestInputOf<typeof CreateManifest>> = {}) =>
    service.gather(
      parseRequest(CreateManifest, {
        name: 'm',
        driverProgram: 'driver',
        assets: [{ id: 'driver', url: url('script') }],
        targetRuntime: {},
        ...more,
      }),
      ctx,
    );
}
const script = { script: file('score.py') };
const asset = (id: string, name = id) => ({ id, url: url(name) });

describe(ManifestPartsService.name, () => {
  it('should pin what it finds', async () => {
    const gather = parts({ ...script, schema: file('schema.json') });
    expect(
      await gather({ assets: [asset('driver', 'script'), asset('schema')], schemaAsset: 'schema', modelIds: ['m1', 'm1'] }),
    ).toMatchObject({
      entry: 'score.py',
      schemaPath: 'schema.json',
      python: '3.11',
      models: [{ version: 1, path: 'model.pkl' }],
      assets: [
        { id: 'driver', path: 'score.py', digest: digest('script'), size: 10 },
        { id: 'schema', path: 'schema.json' },
      ],
    });
  });

  it('should name both that claim one path', async () => {
    const gather = parts({
      ...script,
      m1: file('model.pkl'),
      m2: file('model.pkl'),
      data: { ...file('model.pkl'), contentDigest: digest('other') },
    });
    await expect(gather({ modelIds: ['m1', 'm2'] })).rejects.toMatchObject({
      code: 'path_collision',
      message: expect.stringMatching(/'model\.pkl'.*model 'iris' version 1.*model 'iris' version 2/) as string,
    });
    await expect(gather({ modelIds: ['m1'], assets: [asset('driver', 'script'), asset('data')] })).rejects.toMatchObject({
      code: 'path_collision',
      message: expect.stringMatching(/asset 'data' \(model\.pkl\)/) as string,
    });
  });

  it.each([
    ['a driver that is no asset', { driverProgram: 'x' }, 'unprocessable', /driverProgram 'x' is not among the assets: driver/],
    ['a schema that is no asset', { schemaAsset: 'x' }, 'unprocessable', /schemaAsset 'x'/],
    [
      'two assets with one id',
      { assets: [asset('driver', 'script'), asset('driver', 'script')] },
      'unprocessable',
      /two assets have the id 'driver'/,
    ],
    ['a blob that is not there', { assets: [asset('driver', 'gone')] }, 'not_found', /no blob/],
    ['an unknown model', { modelIds: ['x'] }, 'not_found', /no model x/],
    ['a script that is a folder', { assets: [asset('driver', 'folder')] }, 'unprocessable', /'src' is a folder with 2 files/],
    ['a script without .py', { assets: [asset('driver', 'text')] }, 'unprocessable', /'score\.txt' does not end in \.py/],
    [
      'a schema that is a folder',
      { assets: [asset('driver', 'script'), asset('s', 'folder')], schemaAsset: 's' },
      'unprocessable',
      /the schema 'src'/,
    ],
    [
      'an empty folder',
      { assets: [asset('driver', 'script'), asset('e', 'empty')] },
      'invalid_archive',
      /the asset 'e' is empty: 'none'/,
    ],
  ])('should refuse %s', async (_what, more, code, message) => {
    const folder: ArchiveFacts = { path: 'src', kind: 'directory', files: 2, directories: 2, totalBytes: 3, contentDigest: null };
    const gather = parts({ ...script, folder, text: file('score.txt'), empty: { ...folder, path: 'none', files: 0 } });
    await expect(gather(more)).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
  });

  it('should ask for a Python only when the conda file names none', async () => {
    const conda = { targetRuntime: { properties: { condaEnvFile: url('conda') } } };
    const silent = new DomainError('deadline_exceeded', 'late');
    expect(await parts({ ...script, conda: 'dependencies: [python=3.12]' }, silent)(conda)).toMatchObject({ python: '3.12' });
    await expect(parts(script, silent)()).rejects.toMatchObject({ code: 'service_unavailable' });
    await expect(parts(script, [])()).rejects.toMatchObject({ code: 'python_missing' });
  });
});
