import { execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import pg from 'pg';
import { extract } from 'tar-stream';
import {
  type CommandContext,
  type CommandDefinition,
  CreateImage,
  CreateManifest,
  GetImage,
  GetImageOperation,
  type Image,
  ListImages,
  ListPythonVersions,
  type Manifest,
  type Operation,
  RegisterModel,
  type RequestInputOf,
  type ResponseOf,
} from '#slipway/contracts';
import { type Digest, digestOf, DistributionClient, layOutCanonicalTar, type TarEntry, unpackLayer } from '#slipway/oci';
import {
  CommandClient,
  connectBus,
  InternalTokenSigner,
  isDomainError,
  Log,
  natsPermissions,
  setUpBus,
  sha256Hex,
  uuidv7,
} from '#slipway/platform';
import { findProgram, uvProgram } from '#slipway/supervisor';
import { createDatabase, startNats, reapAtExit, temporaryFolder, type TestNats, type TestPostgres } from '#slipway/testing';
import type { BuildResult } from '../src/assembly/build-result.js';
import { type AppProcess, bundle, migrate, start } from './processes.js';

export const account = 'acme';
const secret = 'a-secret-of-the-builder';

export interface Files {
  [path: string]: string;
}

/** Registry and builder as processes on a real bus and database; the deployer is answered for. */
export class Stage {
  builder: AppProcess;

  private constructor(
    readonly nats: TestNats,
    readonly registry: AppProcess,
    readonly home: string,
    readonly python: string,
    private readonly program: string,
    private readonly settings: Record<string, string>,
    private readonly gateway: CommandClient,
    private readonly signer: InternalTokenSigner,
    private administrator: pg.Client,
    private readonly adminUrl: string,
    private readonly cleanUps: (() => Promise<unknown>)[],
  ) {}

  /** @param postgres a server of the test's own, which it may stop; else the shared one */
  static async open(postgres?: TestPostgres): Promise<Stage> {
    const [nats, registryDatabase, builderDatabase, registryProgram, builderProgram] = await Promise.all([
      startNats({ permissions: natsPermissions() }),
      createDatabase('registry', postgres?.url),
      createDatabase('builder', postgres?.url),
      bundle('registry'),
      bundle('builder'),
    ]);
    const authenticator = nkeyAuthenticator(Buffer.from(readFileSync(nats.adminCreds!, 'utf8').trim()));
    const admin = await connect({ servers: nats.url, authenticator });
    await setUpBus(admin);
    await admin.close();
    await migrate(registryProgram.migrate, registryDatabase.adminUrl);
    await migrate(builderProgram.migrate, builderDatabase.adminUrl);

    const home = temporaryFolder('builder');
    const file = (name: string, text: string): string => {
      writeFileSync(path.join(home, name), text, { mode: 0o600 });
      return path.join(home, name);
    };
    const keys = generateKeyPairSync('ed25519');
    const privateKeyFile = file('private.pem', keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
    const shared = {
      SLIPWAY_HOME: home,
      SLIPWAY_NATS_URL: nats.url,
      SLIPWAY_GATEWAY_PUBLIC_KEY_FILE: file('public.pem', keys.publicKey.export({ type: 'spki', format: 'pem' }) as string),
      SLIPWAY_INTERNAL_SECRET_HASHES_FILE: file('hashes.json', JSON.stringify({ builder: sha256Hex(secret) })),
    };
    const registry = await start(registryProgram.main, {
      ...shared,
      SLIPWAY_NATS_CREDS: nats.creds('registry'),
      SLIPWAY_DATABASE_URL: registryDatabase.url,
    });
    const settings = {
      ...shared,
      SLIPWAY_NATS_CREDS: nats.creds('builder'),
      SLIPWAY_DATABASE_URL: builderDatabase.url,
      SLIPWAY_REGISTRY_URL: registry.url,
      SLIPWAY_INTERNAL_SECRET_FILE: file('builder.secret', secret),
      SLIPWAY_SIGNING_KEY_FILE: privateKeyFile,
      SLIPWAY_UV: findProgram(uvProgram, process.env),
      SLIPWAY_RUNTIME_DIR: copyOfRuntime(home),
      SLIPWAY_BUILD_MIN_FREE_PERCENT: '1',
      // The specs of the base itself lay one out.
      SLIPWAY_BASE: 'none',
    };
    const python = execFileSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
      encoding: 'utf8',
    }).trim();
    const deployer = await answerForDeployer(nats, python);
    const bus = connectBus({ url: nats.url, credsFile: nats.creds('gateway'), service: 'gateway' }, Log.silent());
    const administrator = await administratorOf(builderDatabase.adminUrl);
    const cleanUps = [
      () => registry.stop('SIGTERM'),
      () => deployer.close(),
      async () => (await bus).close(),
      () => nats.close(),
      () => registryDatabase.drop(),
      () => builderDatabase.drop(),
    ];
    const signer = await InternalTokenSigner.fromFile(privateKeyFile);
    const gateway = new CommandClient('gateway', bus);
    return new Stage(
      nats,
      registry,
      home,
      python,
      builderProgram.main,
      settings,
      gateway,
      signer,
      administrator,
      builderDatabase.adminUrl,
      cleanUps,
    );
  }

  async startBuilder(more: Record<string, string> = {}): Promise<AppProcess> {
    this.builder = await start(this.program, { ...this.settings, ...more });
    // Its listener opens before the bus has taken its subscriptions.
    for (let left = 200; left > 0; left -= 1) {
      const answer = await this.send(ListImages, { count: 1 }).catch((error: unknown) => error);
      if (!isDomainError(answer, 'service_unavailable')) break;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return this.builder;
  }

  async close(): Promise<void> {
    await this.builder?.stop('SIGTERM');
    await this.administrator.end();
    for (const cleanUp of this.cleanUps) await cleanUp();
  }

  get store(): DistributionClient {
    return new DistributionClient({ baseUrl: this.registry.url, authorization: `Bearer ${secret}` });
  }

  context(more: Partial<CommandContext> = {}): CommandContext {
    return {
      account,
      actor: 'token:test',
      roles: ['owner'],
      correlationId: uuidv7(),
      deadline: Date.now() + 20_000,
      idempotencyKey: uuidv7(),
      ...more,
    };
  }

  send<C extends CommandDefinition>(command: C, body: RequestInputOf<C>, ctx = this.context()): Promise<ResponseOf<C>> {
    return this.gateway.send(command, body, ctx);
  }

  /** After the database was away. */
  async reconnect(): Promise<void> {
    this.administrator = await administratorOf(this.adminUrl);
  }

  async query<T extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<T[]> {
    return (await this.administrator.query<T>(sql, values)).rows;
  }

  async upload(bytes: Buffer): Promise<string> {
    const digest = digestOf(bytes);
    const open = (offset: number): Readable => Readable.from([bytes.subarray(offset)]);
    await this.store.pushBlob(`${account}/uploads`, { digest, size: bytes.length, open });
    return `blob:${digest}`;
  }

  async model(name: string, files: Files): Promise<string> {
    return (await this.send(RegisterModel, { name, url: await this.upload(await archive(files)) })).id;
  }

  /** A manifest of a script, files beside it, models, and the lines of a requirements file (or a conda file). */
  async manifest(parts: { script: string; files?: Files; models?: string[]; pip?: string[]; conda?: string }): Promise<Manifest> {
    const properties = {
      ...(parts.pip ? { pipRequirements: await this.upload(Buffer.from(`${parts.pip.join('\n')}\n`)) } : {}),
      ...(parts.conda ? { condaEnvFile: await this.upload(Buffer.from(parts.conda)) } : {}),
    };
    const assets = [
      { id: 'driver', url: await this.upload(await archive({ 'score.py': parts.script })) },
      ...(parts.files ? [{ id: 'files', url: await this.upload(await archive(parts.files)) }] : []),
    ];
    return this.send(CreateManifest, {
      name: 'a-manifest',
      driverProgram: 'driver',
      assets,
      targetRuntime: { properties },
      modelIds: parts.models ?? [],
    });
  }

  async request(manifestId: string, name = 'iris', ctx = this.context()): Promise<{ id: string; operationId: string }> {
    const accepted = await this.send(CreateImage, { name, manifestId }, ctx);
    return { id: accepted.resourceId, operationId: accepted.operationId };
  }

  /** Waits until an image is built or has failed. */
  async finished(id: string, withinMs = 60_000): Promise<Image> {
    const end = Date.now() + withinMs;
    for (;;) {
      const image = await this.send(GetImage, { ref: id }).catch((error: unknown) => {
        if (!isDomainError(error, 'service_unavailable')) throw error;
        return { creationState: 'unknown' } as unknown as Image;
      });
      if (image.creationState === 'Succeeded' || image.creationState === 'Failed') return image;
      if (Date.now() > end) throw new Error(`image ${id} is ${image.creationState} after ${withinMs} ms: ${await this.log(id)}`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  async build(manifestId: string, name = 'iris'): Promise<Image> {
    return this.finished((await this.request(manifestId, name)).id);
  }

  operation(id: string): Promise<Operation> {
    return this.send(GetImageOperation, { id });
  }

  async openLog(id: string, options: { follow?: boolean; account?: string } = {}): Promise<Response> {
    const token = await this.signer.sign({ account: options.account ?? account, actor: 'token:test', roles: ['reader'] });
    const query = options.follow ? '?follow=true' : '';
    return fetch(`${this.builder.url}/internal/images/${id}/log${query}`, { headers: { authorization: `Bearer ${token}` } });
  }

  async log(id: string): Promise<string> {
    return (await this.openLog(id)).text();
  }

  /** The OCI manifest and config of a built image. */
  async document(image: Image): Promise<{ layers: OciLayer[]; config: OciConfig }> {
    const repository = `${account}/${image.name}`;
    const manifest = JSON.parse((await this.store.getManifest(repository, image.digest!)).bytes.toString()) as {
      layers: OciLayer[];
      config: { digest: Digest };
    };
    const config = JSON.parse((await bytesOf(this.store, repository, manifest.config.digest)).toString()) as OciConfig;
    return { layers: manifest.layers, config };
  }

  async filesOf(image: Image, layer: OciLayer): Promise<Map<string, Buffer>> {
    const bytes = await bytesOf(this.store, `${account}/${image.name}`, layer.digest);
    return untar(layer.mediaType.endsWith('+gzip') ? gunzipSync(bytes) : bytes);
  }

  /** Starts the server of an image from its unpacked layers, as a compute target does, and asks it once. */
  async score(image: Image, body: string): Promise<{ status: number; text: string }> {
    const { layers, config } = await this.document(image);
    const folder = path.join(this.home, `served-${image.id}`);
    mkdirSync(folder);
    const roots = await Promise.all(
      layers.map(async (layer, at) => {
        const { stream } = await this.store.getBlob(`${account}/${image.name}`, layer.digest);
        await unpackLayer(stream, path.join(folder, String(at)), { layer, diffId: config.rootfs.diff_ids[at]! });
        return path.join(folder, String(at));
      }),
    );
    const record = path.join(folder, 'record.json');
    const env = {
      ...Object.fromEntries(config.config.Env.map((line) => line.split('=', 2) as [string, string])),
      PATH: process.env['PATH'],
      PYTHONPATH: `${roots[0]}/opt/slipway/deps:${roots[1]}/opt/slipway/runtime`,
      AML_APP_ROOT: `${roots[2]}/app`,
      SLIPWAY_LISTEN: '127.0.0.1:0',
      SLIPWAY_RECORD_FILE: record,
    };
    const [program, ...args] = config.config.Entrypoint;
    const server = spawn(program!, args, { env, cwd: env.AML_APP_ROOT, stdio: process.env['TEST_LOG'] ? 'inherit' : 'ignore' });
    reapAtExit(server.pid!, folder);
    try {
      for (let left = 600; left > 0 && !existsSync(record); left -= 1) await new Promise((resolve) => setTimeout(resolve, 50));
      const { port } = JSON.parse(readFileSync(record, 'utf8')) as { port: number };
      for (let left = 600; ; left -= 1) {
        const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
        if (ready?.status === 200) break;
        if (left === 0) throw new Error(`the server of ${image.name} is not ready: ${await ready?.text()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const answer = await fetch(`http://127.0.0.1:${port}/score`, { method: 'POST', body });
      return { status: answer.status, text: await answer.text() };
    } finally {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
  }

  /** The list of packages that refers to the image. */
  async sbom(image: Image): Promise<unknown> {
    const repository = `${account}/${image.name}`;
    const [row] = await this.query<{ result: BuildResult }>(
      'SELECT result FROM build b JOIN image i ON i.build_id = b.id WHERE i.id = $1',
      [image.id],
    );
    const digest = digestOf(row!.result.sbom);
    return JSON.parse((await bytesOf(this.store, repository, digest)).toString());
  }
}

async function administratorOf(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('SET search_path = builder');
  return client;
}

/** A runtime that nobody edits meanwhile. */
function copyOfRuntime(home: string): string {
  const source = path.resolve(import.meta.dirname, '../../../runtimes/python');
  const copy = path.join(home, 'runtime');
  for (const part of ['src', 'requirements.lock']) cpSync(path.join(source, part), path.join(copy, part), { recursive: true });
  return copy;
}

async function bytesOf(store: DistributionClient, repository: string, digest: Digest): Promise<Buffer> {
  const { stream } = await store.getBlob(repository, digest);
  return Buffer.concat(await stream.toArray());
}

/** The files of an archive, by their paths. */
async function untar(bytes: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const reader = extract();
  reader.end(bytes);
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.type === 'file') files.set(entry.header.name, Buffer.concat(chunks));
  }
  return files;
}

export interface OciLayer {
  digest: Digest;
  mediaType: string;
  size: number;
  annotations: Record<string, string>;
}
export interface OciConfig {
  config: { Env: string[]; Entrypoint: string[]; WorkingDir: string; Labels: Record<string, string> };
  rootfs: { diff_ids: Digest[] };
}

async function answerForDeployer(nats: TestNats, version: string): Promise<{ close(): Promise<void> }> {
  const connection = await connectBus({ url: nats.url, credsFile: nats.creds('deployer'), service: 'deployer' }, Log.silent());
  connection.subscribe(ListPythonVersions.subject, {
    callback: (_error, message) => {
      const { id } = message.json<{ id: string }>();
      message.respond(JSON.stringify({ id, response: { versions: [{ version, path: '/usr/bin/python3' }] }, isDisposed: true }));
    },
  });
  return connection;
}

/** Whether a process still runs; one that only waits to be noticed does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

/** A canonical tar of these files below `app/`, as the CLI makes it. */
async function archive(files: Files): Promise<Buffer> {
  const entries = Object.entries(files).map(([name, text]): TarEntry => {
    const bytes = Buffer.from(text);
    return { path: `app/${name}`, kind: 'file', size: bytes.length, open: (from = 0) => Readable.from([bytes.subarray(from)]) };
  });
  return Buffer.concat(await (await layOutCanonicalTar(entries)).open().toArray());
}
