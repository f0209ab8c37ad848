import type { Digest } from '#slipway/oci';

export type LayerKind = 'base' | 'dependencies' | 'runtime' | 'code' | 'model';

/** A layer of an image, in a repository from which it can be linked. */
export interface Layer {
  kind: LayerKind;
  mediaType: string;
  digest: Digest;
  /** Of the uncompressed tar. */
  diffId: Digest;
  size: number;
  repository: string;
}

/** What an image stands on: the process target starts images without a base too, with an interpreter of the machine. */
export interface BaseImage {
  /** `debian`, `oci:<reference>` or `none`, as it stands on the image. */
  name: string;
  /** Lowest first. */
  layers: Layer[];
  /** Variables of its config. */
  env: Readonly<Record<string, string>>;
  /** Its system packages. */
  packages: readonly SystemPackage[];
}

export interface SystemPackage {
  name: string;
  version: string;
  /** Of the package's file. */
  sha256: string;
}

/** What a build made: everything that is needed to publish the image under any name. */
export interface BuildResult {
  /** Of the OCI manifest. */
  digest: Digest;
  manifest: string;
  config: string;
  layers: Layer[];
  lockDigest: string;
  /** CycloneDX document. */
  sbom: string;
  /** in-toto statement; results of earlier versions have none. */
  statement?: string;
}
