import { delimiter } from 'node:path';
import type { ReplicaSpec } from '../compute-target.port.js';

/** Where the parts of an unpacked image lie on this machine. */
export interface ImageLayout {
  /** The merged `/app`. */
  app: string;
  /** Folders for `PYTHONPATH`: dependencies, then the runtime. */
  pythonPath: string[];
  /** Variables of the image's config. */
  env: Readonly<Record<string, string>>;
  /** Arguments after the interpreter. */
  args: string[];
}

export interface ReplicaPaths {
  logFile: string;
  recordFile: string;
  collectDir: string;
  home: string;
  tmp: string;
  secrets: string;
}

/** What replicas get of this process's own environment. */
export interface Inherited {
  PATH: string;
  LANG: string;
  TZ: string | undefined;
}

/**
 * The whole environment of a replica: the machine's few, then the image's, then the user's, and last what Slipway sets
 * itself, with the image's absolute paths moved to where they lie here.
 */
export function replicaEnvironment(
  spec: ReplicaSpec,
  layout: ImageLayout,
  paths: ReplicaPaths,
  inherited: Inherited,
): Record<string, string> {
  const { TZ, ...rest } = inherited;
  const user = spec.uid === undefined ? 'slipway' : `slipway-${spec.uid}`;
  return {
    ...rest,
    ...(TZ === undefined ? {} : { TZ }),
    // Several replicas share the cores; one thread each unless the user asks for more.
    OMP_NUM_THREADS: '1',
    PYTHONDONTWRITEBYTECODE: '1',
    ...layout.env,
    ...spec.env,
    HOME: paths.home,
    USER: user,
    LOGNAME: user,
    TMPDIR: paths.tmp,
    PYTHONNOUSERSITE: '1',
    PYTHONPATH: layout.pythonPath.join(delimiter),
    AML_APP_ROOT: layout.app,
    AZUREML_MODEL_DIR: layout.app,
    AML_MODEL_DC_STORAGE_ENABLED: String(spec.collectData),
    SCORING_TIMEOUT_MS: String(spec.timeoutMs),
    SERVICE_NAME: spec.serviceName,
    SERVICE_VERSION: String(spec.revision),
    SERVICE_PATH_PREFIX: '',
    SLIPWAY_LISTEN: '127.0.0.1:0',
    SLIPWAY_ENTRY: spec.image.entry,
    SLIPWAY_SCHEMA: spec.image.schemaPath ?? '',
    SLIPWAY_REPLICA: spec.replicaId,
    SLIPWAY_REVISION: String(spec.revision),
    SLIPWAY_IMAGE_DIGEST: spec.image.digest,
    SLIPWAY_MAX_CONCURRENCY: String(spec.maxConcurrent),
    SLIPWAY_MAX_BODY: String(spec.maxBodyBytes),
    SLIPWAY_GRACE_MS: String(graceMs(spec.timeoutMs)),
    SLIPWAY_LOG_FILE: paths.logFile,
    SLIPWAY_RECORD_FILE: paths.recordFile,
    SLIPWAY_COLLECT_DIR: paths.collectDir,
    SLIPWAY_SECRETS_DIR: paths.secrets,
  };
}

/** How long a replica that was told to end may still work on its requests. */
export function graceMs(timeoutMs: number): number {
  return Math.min(Math.max(timeoutMs + 2_000, 5_000), 120_000);
}

const reserved = new Set([
  'AML_APP_ROOT',
  'AML_MODEL_DC_STORAGE_ENABLED',
  'AML_MODEL_DC_EVENTHUB_ENABLED',
  'AZUREML_MODEL_DIR',
  'HOME',
  'LOGNAME',
  'PYTHONHOME',
  'PYTHONNOUSERSITE',
  'PYTHONPATH',
  'PYTHONPLATLIBDIR',
  'PYTHONSAFEPATH',
  'SCORING_TIMEOUT_MS',
  'SERVICE_NAME',
  'SERVICE_PATH_PREFIX',
  'SERVICE_VERSION',
  'TMPDIR',
  'USER',
]);

/** Whether a variable is Slipway's to set. */
export function isReservedVariable(name: string): boolean {
  return name.startsWith('SLIPWAY_') || reserved.has(name);
}
