import type { ImageConfig } from '#slipway/oci';

const ownEntryPoint = ['-m', 'slipway.serve'];

/** Variables and arguments of an image's config, as far as they make sense outside of its root file system. */
export function relocatableConfig(config: ImageConfig): { env: Record<string, string>; args: string[] } {
  const env: Record<string, string> = {};
  for (const line of config.config?.Env ?? []) {
    const equals = line.indexOf('=');
    if (equals > 0) env[line.slice(0, equals)] = line.slice(equals + 1);
  }
  // The image's own search paths name its root file system; those of this machine hold here.
  for (const name of ['PATH', 'HOME', 'LD_LIBRARY_PATH']) delete env[name];
  const [program, ...args] = [...(config.config?.Entrypoint ?? []), ...(config.config?.Cmd ?? [])];
  return { env, args: program !== undefined && /(^|\/)python[0-9.]*$/.test(program) ? args : ownEntryPoint };
}

/** Folders of `PYTHONPATH`, relative to the layers' root: dependencies before the runtime, higher layers before lower ones. */
export function pythonPathOf(layers: readonly { name: string; has: readonly string[] }[]): string[] {
  const upwards = [...layers].reverse();
  return ['opt/slipway/deps', 'opt/slipway/runtime'].flatMap((part) =>
    upwards.filter((layer) => layer.has.includes(part)).map((layer) => `${layer.name}/${part}`),
  );
}
