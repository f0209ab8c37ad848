import { type Digest, digestOf } from '#slipway/oci';
import type { SystemPackage } from '../assembly/build-result.js';

/** Raised when the same packages would be laid out in another way. */
const format = 1;

/** Text of a choice: the first line says the kind, each other one a package of the root file system. */
export function writeDebianChoice(packages: readonly SystemPackage[]): string {
  const lines = packages.map(({ name, version, sha256 }) => `${name}=${version}=${sha256}`);
  return ['debian', ...lines.sort()].join('\n');
}

/** @throws Error for a text that is none of a choice of Debian packages */
export function readDebianChoice(choice: string): SystemPackage[] {
  const [kind, ...lines] = choice.split('\n');
  if (kind !== 'debian') throw new Error(`'${kind}' is not a base of Debian packages`);
  return lines.map((line) => {
    const [, name, version, sha256] = /^([a-z0-9][a-z0-9+.-]+)=([^=\s]+)=([0-9a-f]{64})$/.exec(line) ?? [];
    if (!name || !version || !sha256) throw new Error(`the base of the manifest names '${line}', which is no package`);
    return { name, version, sha256 };
  });
}

/** Where `oci:<registry>/<name>@<digest>` lies: loopback is spoken to without TLS, as Docker does. */
export function readOciChoice(choice: string): { baseUrl: string; repository: string; digest: Digest } {
  const [, host, repository, digest] = /^oci:([^/@]+)\/([^@]+)@(sha256:[0-9a-f]{64})$/.exec(choice) ?? [];
  if (!host || !repository || !digest) throw new Error(`'${choice}' names no image by its digest`);
  const plain = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
  const server = host === 'docker.io' ? 'registry-1.docker.io' : host;
  return { baseUrl: `${plain ? 'http' : 'https'}://${server}`, repository, digest: digest as Digest };
}

/** Of a layer that is taken as it is. */
export const layerKey = (digest: Digest): Digest => digestOf(`layer ${digest}`);

/** Of everything that goes into a root file system; the packages say their architecture by their digests. */
export const baseKey = (choice: string): Digest => digestOf(`base ${format}\n${choice}`);
