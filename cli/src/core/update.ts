import type { Manifest, ManifestCreation, Service, ServiceSettings } from './api.js';
import { CliError } from './errors.js';
import { pack, packModel, packSchema, packScript, type Packed, rawFile } from './pack.js';
import type { Shell } from './shell.js';
import { derivedName, newRunId, replacedModel, Steps } from './steps.js';
import { changesPackage, type PackageFlags, packageInputs } from '../commands/package-flags.js';

export interface UpdateFlags {
  imageId?: string;
  resume?: string;
}

/** Changes a live service: what is not given is taken from what is live, and the difference is shown first. */
export async function updateService(
  shell: Shell,
  ref: string,
  flags: PackageFlags & UpdateFlags,
  settings: ServiceSettings,
): Promise<Service> {
  const steps = new Steps(shell, flags.resume ?? newRunId());
  const repackaged = changesPackage(flags);
  if (flags.imageId !== undefined && repackaged) {
    throw new CliError(
      '--image-id goes without -f, -m, -s, -c, -p and -d: an image already holds them',
      1,
      [],
      `leave those flags out, or leave out --image-id ${flags.imageId}`,
    );
  }
  if (flags.imageId === undefined && !repackaged && Object.keys(settings).length === 0) {
    throw new CliError(
      'nothing to change was given',
      1,
      [],
      `give for example -m <new model>, -z <replicas> or --image-id <image>; see slipway service update --help`,
    );
  }
  const live = await shell.api().getService(ref);
  if (flags.imageId !== undefined) shell.progress.note(`image     ${live.image.name}:${live.image.version} -> ${flags.imageId}`);
  for (const [name, value] of Object.entries(settings)) {
    const shown = name === 'env' ? Object.keys(value as object).join(', ') : JSON.stringify(value);
    shell.progress.note(`${name}  -> ${shown}`);
  }
  return steps.resumable(async () => {
    const image = repackaged ? await newImage(shell, steps, live, flags) : flags.imageId;
    return steps.updateService(live.id, { ...settings, ...(image === undefined ? {} : { imageId: image }) });
  });
}

interface Difference {
  what: string;
  from: string;
  to: string;
}

async function newImage(shell: Shell, steps: Steps, live: Service, flags: PackageFlags): Promise<string> {
  const { cwd } = shell;
  const inputs = packageInputs(flags);
  const old = await shell.api().getManifest(live.image.manifestId);
  const differences: Difference[] = [];
  const note = (what: string, from: string | undefined, packed: Packed): void => {
    differences.push({ what: `${what} ${packed.path}`, from: shortDigest(from), to: shortDigest(packed.blob.digest) });
  };

  const assets = new Map(
    old.assets.map((asset) => [asset.path, { id: asset.id, url: asset.url, mimeType: asset.mimeType, unpack: asset.unpack }]),
  );
  let driver = old.driverProgram;
  let schema = old.schemaPath;
  const send: { typed: string; blob: Packed['blob'] }[] = [];
  const put = (id: string, packed: Packed, what: string, replacedPath?: string): void => {
    const from = old.assets.find((asset) => asset.path === (replacedPath ?? packed.path));
    if (replacedPath !== undefined && replacedPath !== packed.path) assets.delete(replacedPath);
    assets.set(packed.path, {
      id: from?.id ?? id,
      url: `blob:${packed.blob.digest}`,
      mimeType: 'application/octet-stream',
      unpack: true,
    });
    note(what, from?.digest, packed);
    send.push(packed);
  };

  if (inputs.script !== undefined) {
    put('driver', await packScript(inputs.script, cwd), 'script', old.entry);
    driver = 'driver';
  }
  if (inputs.schemaFile !== undefined) {
    const packed = await packSchema(inputs.schemaFile, cwd);
    put('schema', packed, 'schema', old.schemaPath ?? undefined);
    schema = packed.path;
  }
  for (const [index, typed] of inputs.dependencies.entries())
    put(`dependency-new-${index}`, await pack(typed, cwd, '-d'), 'dependency');

  const models = new Map(old.models.map((model) => [model.path, model.id]));
  const register: { typed: string; name: string; path: string; replaces: string }[] = [];
  for (const typed of inputs.modelFiles) {
    const packed = await packModel(typed, cwd, '-m');
    const replaced = replacedModel(live.models, packed);
    const target = targetOf(replaced.path, packed);
    const moved = await packModel(typed, cwd, '-m', target);
    differences.push({
      what: `model ${replaced.path}`,
      from: `${replaced.name}:${replaced.version} ${shortDigest(replaced.digest)}`,
      to: `${typed} ${shortDigest(moved.blob.digest)}`,
    });
    register.push({ typed, name: replaced.name, path: target, replaces: replaced.path });
  }
  const properties = { ...old.targetRuntime.properties };
  if (inputs.condaFile !== undefined)
    properties.condaEnvFile = await dependencyFile(inputs.condaFile, '-c', properties.condaEnvFile);
  if (inputs.pipFile !== undefined)
    properties.pipRequirements = await dependencyFile(inputs.pipFile, '-p', properties.pipRequirements);

  async function dependencyFile(typed: string, flag: string, from: string | undefined): Promise<string> {
    const raw = await rawFile(typed, cwd, flag);
    differences.push({
      what: `dependencies ${typed}`,
      from: shortDigest(from?.slice('blob:'.length)),
      to: shortDigest(raw.blob.digest),
    });
    send.push(raw);
    return `blob:${raw.blob.digest}`;
  }

  for (const difference of differences)
    shell.progress.note(`${difference.what}: ${difference.from || '(none)'} -> ${difference.to}`);
  for (const item of send) await steps.upload(item.typed, item.blob);
  for (const item of register)
    models.set(item.replaces, (await steps.registerModel(item.typed, '-m', { name: item.name, path: item.path })).id);
  const manifest = await steps.postManifest(
    toCreation(
      old,
      [...assets.values()],
      assetId(assets, driver, old),
      schema === null ? undefined : assets.get(schema)?.id,
      properties,
      [...models.values(), ...inputs.modelIds],
    ),
  );
  return (await steps.buildImage(derivedName(live.name), manifest.id)).id;
}

/** The script keeps the id it had; a new one took the old one's place. */
function assetId(assets: Map<string, { id: string }>, driver: string, old: Manifest): string {
  return [...assets.values()].some((asset) => asset.id === driver) ? driver : old.driverProgram;
}

function toCreation(
  old: Manifest,
  assets: ManifestCreation['assets'],
  driverProgram: string,
  schemaAsset: string | undefined,
  properties: NonNullable<ManifestCreation['targetRuntime']['properties']>,
  modelIds: string[],
): ManifestCreation {
  return {
    name: old.name,
    ...(old.description === null ? {} : { description: old.description }),
    driverProgram,
    ...(schemaAsset === undefined ? {} : { schemaAsset }),
    assets,
    targetRuntime: { runtimeType: old.targetRuntime.runtimeType, properties },
    modelIds,
  };
}

/** Where the new file or folder is put so that the script finds it under the path of the one that it replaces. */
export function targetOf(livePath: string, packed: Pick<Packed, 'path' | 'kept'>): string {
  const inner = packed.kept.slice(packed.path.length);
  if (livePath === packed.kept) return packed.path;
  return inner !== '' && livePath.endsWith(inner) ? livePath.slice(0, -inner.length) : livePath;
}

const shortDigest = (digest: string | undefined): string => (digest ?? '').replace(/^sha256:/, '').slice(0, 12);
