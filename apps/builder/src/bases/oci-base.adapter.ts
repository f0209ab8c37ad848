import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import {
  type Descriptor,
  type Digest,
  digestHex,
  DigestMismatchError,
  DistributionClient,
  DistributionError,
  type ImageConfig,
  mediaTypes,
  OciFormatError,
  parseConfig,
  parseIndex,
  parseManifest,
  type StoredManifest,
} from '#slipway/oci';
import { DomainError } from '#slipway/platform';
import type { BuildContext } from '../builds/build-context.js';
import type { PackedLayer } from '../layers/layer-packer.adapter.js';
import { isPassingRegistryFailure } from '../registry/image-store.adapter.js';
import { readOciChoice } from './base-choice.js';

/** Tokens live for 60 s or more by the distribution specification. */
const tokenMs = 50_000;

/** A layer of an image elsewhere. */
export interface ForeignLayer extends Descriptor {
  diffId: Digest;
}

/** An image of another registry, by its digest. */
export class OciBase {
  constructor(private readonly credentialsFile: string | undefined) {}

  /** @throws DomainError that names the image, when it cannot be had or has not the manifest's Python or platform */
  describe(choice: string, context: BuildContext): Promise<{ layers: ForeignLayer[]; env: Record<string, string> }> {
    return explained(choice, async () => {
      const { repository, digest } = readOciChoice(choice);
      const client = this.client(choice);
      const { signal } = context;
      const named = await client.getManifest(repository, digest, { signal });
      const chosen = isIndex(named) ? platformOf(named, choice, context) : undefined;
      const manifest = parseManifest((chosen ? await client.getManifest(repository, chosen, { signal }) : named).bytes);
      const { stream } = await client.getBlob(repository, manifest.config.digest, { signal });
      const config = parseConfig(Buffer.concat(await stream.toArray()));
      requireFit(config, choice, context);
      if (config.rootfs.diff_ids.length !== manifest.layers.length)
        throw new OciFormatError('it has not as many layers as its config says');
      const layers = manifest.layers.map((layer, at) => ({ ...layer, diffId: config.rootfs.diff_ids[at]! }));
      return { layers, env: environmentOf(config) };
    });
  }

  /** The layer as a file of the build, its bytes checked. */
  fetch(choice: string, layer: ForeignLayer, context: BuildContext): Promise<PackedLayer> {
    return explained(choice, async () => {
      const { mediaType, digest, diffId, size } = layer;
      if (mediaType !== mediaTypes.layer && mediaType !== mediaTypes.layerGzip)
        throw new OciFormatError(`its layer ${digest} is a ${mediaType}, not a tar or a gzip of one`);
      const file = join(context.folder, `${digestHex(digest)}.base`);
      const { stream } = await this.client(choice).getBlob(readOciChoice(choice).repository, digest, { signal: context.signal });
      await pipeline(stream, createWriteStream(file), { signal: context.signal });
      return { file, mediaType, digest, diffId, size };
    });
  }

  private client(choice: string): DistributionClient {
    const { baseUrl, repository } = readOciChoice(choice);
    const file = this.credentialsFile;
    const basic = file && `Basic ${Buffer.from(readFileSync(file, 'utf8').trim()).toString('base64')}`;
    let given: { at: number; value: Promise<string> } | undefined;
    const authorization = (): Promise<string> => {
      if (!given || performance.now() - given.at > tokenMs)
        given = { at: performance.now(), value: authorizationFor(baseUrl, repository, basic) };
      return given.value;
    };
    return new DistributionClient({ baseUrl, authorization, attempts: 4 });
  }
}

/** What a registry wants: nothing, the credentials themselves, or a token that is had for them. */
async function authorizationFor(baseUrl: string, repository: string, basic: string | undefined): Promise<string> {
  const answer = await fetch(`${baseUrl}/v2/`, { signal: AbortSignal.timeout(30_000) });
  await answer.body?.cancel();
  const challenge = answer.headers.get('www-authenticate') ?? '';
  const realm = /^Bearer .*realm="([^"]+)"/i.exec(challenge)?.[1];
  if (!realm) return basic ?? '';
  const url = new URL(realm);
  const service = /service="([^"]+)"/i.exec(challenge)?.[1];
  if (service) url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${repository}:pull`);
  const given = await fetch(url, { headers: basic ? { authorization: basic } : {}, signal: AbortSignal.timeout(30_000) });
  const { token, access_token: other } = (await given.json()) as { token?: string; access_token?: string };
  return `Bearer ${token ?? other ?? ''}`;
}

const isIndex = ({ mediaType }: StoredManifest): boolean =>
  mediaType === mediaTypes.index || mediaType === mediaTypes.dockerIndex;

function platformOf(index: StoredManifest, choice: string, { manifest }: BuildContext): Digest {
  const found = parseIndex(index.bytes).manifests.find(
    ({ platform }) => platform && `${platform.os}/${platform.architecture}` === manifest.platform,
  );
  if (found) return found.digest;
  throw new DomainError(
    'unprocessable',
    `the base ${choice} has no image for ${manifest.platform}; name another one in SLIPWAY_BASE`,
  );
}

function requireFit(config: ImageConfig, choice: string, context: BuildContext): void {
  const { manifest } = context;
  const platform = `${config.os}/${config.architecture}`;
  if (platform !== manifest.platform)
    throw new DomainError('unprocessable', `the base ${choice} is for ${platform}, the manifest for ${manifest.platform}`);
  const version = environmentOf(config)['PYTHON_VERSION'];
  if (version === undefined) context.say(`the base does not say its Python; it must have python3 of version ${manifest.python}`);
  else if (version.split('.').slice(0, 2).join('.') !== manifest.python)
    throw new DomainError(
      'python_missing',
      `the base ${choice} has Python ${version}, the manifest needs ${manifest.python}; write python=${version.split('.').slice(0, 2).join('.')} in the conda file, or name another base in SLIPWAY_BASE`,
    );
}

function environmentOf(config: ImageConfig): Record<string, string> {
  return Object.fromEntries(
    (config.config?.Env ?? []).map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}

async function explained<T>(choice: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const passing = isPassingRegistryFailure(error) || (error instanceof TypeError && error.message === 'fetch failed');
    if (passing)
      throw new DomainError(
        'service_unavailable',
        `the base ${choice} could not be fetched; see that its registry can be reached`,
        [],
        {
          cause: error,
        },
      );
    if (error instanceof DistributionError || error instanceof OciFormatError || error instanceof DigestMismatchError)
      throw new DomainError(
        'bad_gateway',
        `the base ${choice} cannot be used: ${error.message}; correct SLIPWAY_BASE and create the manifest again`,
        [],
        { cause: error },
      );
    throw error;
  }
}
