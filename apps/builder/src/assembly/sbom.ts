import { canonicalJson } from '#slipway/oci';
import type { SystemPackage } from './build-result.js';

export const sbomMediaType = 'application/vnd.cyclonedx+json';

interface LockedPackage {
  name: string;
  version: string;
}

/** Packages of a lock that `uv pip compile` wrote, in its order. */
export function packagesOf(lock: string): LockedPackage[] {
  return [...lock.matchAll(/^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s\\;]+)/gm)].map((match) => ({
    name: match[1]!,
    version: match[2]!,
  }));
}

/**
 * CycloneDX 1.6 (ECMA-424) list of the locked packages and of those of the base, without times and ids, so that one lock has one
 * document.
 */
export function buildSbom(lock: string, system: readonly SystemPackage[] = []): string {
  const components = packagesOf(lock).map(({ name, version }) => {
    const purl = `pkg:pypi/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
    return { type: 'library', name, version, purl, 'bom-ref': purl };
  });
  const base = system.map(({ name, version, sha256 }) => {
    const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
    return { type: 'library', name, version, purl, 'bom-ref': purl, hashes: [{ alg: 'SHA-256', content: sha256 }] };
  });
  return canonicalJson({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components: [...components, ...base] });
}
