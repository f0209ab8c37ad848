import { canonicalJson, sha256Hex } from '#slipway/platform';
import type { KubeObject } from './kube-object.js';
import { hashAnnotation } from './names.js';

/** The manifest with its own digest, which an object keeps that was made from it. */
export function withHash(manifest: KubeObject): KubeObject {
  const annotations = { ...manifest.metadata.annotations, [hashAnnotation]: sha256Hex(canonicalJson(manifest)).slice(0, 32) };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}

/**
 * Where an object differs from what its manifest says, as a path such as `.spec.replicas`; undefined when it holds all of it.
 * What the manifest does not name is others' business. Of a Secret only the digest counts: its values are not kept here, and
 * it cannot be changed.
 */
export function driftOf(manifest: KubeObject, found: KubeObject): string | undefined {
  const { data: _data, ...rest } = manifest;
  return differs(manifest.kind === 'Secret' ? rest : manifest, found, '');
}

function differs(wanted: unknown, found: unknown, path: string): string | undefined {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found) || found.length !== wanted.length) return path;
    return firstOf(wanted.map((item, index) => () => differs(item, found[index], `${path}[${index}]`)));
  }
  if (wanted !== null && typeof wanted === 'object') {
    // An empty object is not kept by the API server everywhere.
    if (found === undefined && Object.keys(wanted).length === 0) return undefined;
    if (found === null || typeof found !== 'object') return path;
    const there = found as Record<string, unknown>;
    return firstOf(
      Object.entries(wanted).map(
        ([key, value]) =>
          () =>
            differs(value, there[key], `${path}.${key}`),
      ),
    );
  }
  return wanted === found ? undefined : path;
}

function firstOf(checks: (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}
