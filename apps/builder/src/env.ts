import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { serviceEnv } from '#slipway/platform';

export const builderEnv = serviceEnv.extend({
  /** Where the registry's listener is: `http://127.0.0.1:4001`. */
  SLIPWAY_REGISTRY_URL: z.url(),
  /** The `uv` program; default the one on PATH. */
  SLIPWAY_UV: z.string().min(1).default('uv'),
  /** A Python interpreter to prefer over those on PATH and in /usr/bin. */
  SLIPWAY_PYTHON: z.string().min(1).optional(),
  /** Folder of the Python runtime (`requirements.lock`, `src/`); default the one of this installation. */
  SLIPWAY_RUNTIME_DIR: z.string().min(1).optional(),
  /**
   * What images stand on: `debian`, a root file system of the machine's Debian packages; `oci:<registry>/<name>@sha256:<digest>`, an
   * image with Python and glibc 2.28 or newer; or `none`, for images that only run as processes of a machine with Python.
   */
  SLIPWAY_BASE: z
    .string()
    .regex(/^(?:debian|none|oci:[^@\s/]+\/[^@\s]+@sha256:[0-9a-f]{64})$/, 'debian, none or oci:<registry>/<name>@sha256:<digest>')
    .default('debian'),
  /** File with `user:password` for the registry of that image; default none. */
  SLIPWAY_BASE_CREDENTIALS_FILE: z.string().min(1).optional(),
  /** Ed25519 key (PKCS #8, PEM) that signs what images were made from; default none, and images are not signed. */
  SLIPWAY_SIGNING_KEY_FILE: z.string().min(1).optional(),
  /** Builds at a time. */
  SLIPWAY_BUILD_CONCURRENCY: z.coerce.number().int().min(1).max(32).default(2),
  /** A build that takes longer ends as failed. */
  SLIPWAY_BUILD_TIMEOUT_SECONDS: z.coerce.number().int().min(10).default(1800),
  /** New manifests with the same requirements get the same lock for this time, as long as package indexes let clients cache them. */
  SLIPWAY_RESOLVE_REUSE_SECONDS: z.coerce.number().int().min(0).default(600),
  /** Builds are refused when less of the disk than this is free, in percent. */
  SLIPWAY_BUILD_MIN_FREE_PERCENT: z.coerce.number().min(0).max(90).default(10),
  /** Build logs above this sum are removed, oldest first. */
  SLIPWAY_BUILD_LOG_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(2 ** 30),
});
export type BuilderEnv = z.output<typeof builderEnv>;

/** Folder that holds Slipway's `package.json`, whether this runs from `apps/` or from `dist/`. */
function findRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name === 'slipway') return folder;
    if (folder === dirname(folder)) throw new Error("Slipway's folder was not found above its own code");
  }
}
const root = findRoot();

export const runtimeFolder = (env: BuilderEnv): string => env.SLIPWAY_RUNTIME_DIR ?? join(root, 'runtimes', 'python');
/** The Python programs of the builder. */
export const helperFolder = join(root, 'apps', 'builder', 'python');

const passedOn =
  /^(?:PATH|HOME|LANG|LC_ALL|TMPDIR|NETRC|XDG_CONFIG_HOME|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(?:https?|all|no)_proxy|(?:HTTPS?|ALL|NO)_PROXY|UV_[A-Z0-9_]+|PIP_[A-Z0-9_]+)$/;

/** What build steps may see of the environment: paths, certificates, proxies and package indexes, no setting of Slipway. */
export function readToolEnvironment(source: NodeJS.ProcessEnv = process.env): Record<string, string> {
  return Object.fromEntries(
    Object.entries(source).filter((entry): entry is [string, string] => passedOn.test(entry[0]) && entry[1] !== undefined),
  );
}
