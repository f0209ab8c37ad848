import type { EnvironmentCheck, ImagePin, ResourceError } from '#slipway/contracts';
import { ArchiveError, DigestMismatchError, DistributionError, OciFormatError } from '#slipway/oci';
import { DomainError, type Log, toResourceError } from '#slipway/platform';
import type { Preparation } from '../compute-target.port.js';
import type { Interpreters } from './interpreters.js';
import type { LayerStore } from './layer-store.js';
import type { ImageLayout } from './replica-environment.js';
import { sealedPython } from './sealed-python.js';

/** After a preparation that failed, the next try waits this long. */
const retryMs = 2_000;

interface Entry {
  preparation: Preparation;
  at: number;
  /** Services that are told when it ends. */
  waiting: Set<string>;
}

/** Everything of an image that must be on this machine before a replica can start, and the interpreter for it. */
export class ImagePreparer {
  private readonly images = new Map<string, Entry>();
  private readonly log: Log;

  constructor(
    private readonly layers: LayerStore,
    private readonly root: string,
    private readonly interpreters: Interpreters,
    log: Log,
  ) {
    this.log = log.for('images');
  }

  /** Asks the registry for something, as it is asked for images. */
  async preflight(): Promise<EnvironmentCheck> {
    try {
      await this.layers.reach();
      return { part: 'registry', state: 'ok', message: 'images can be read' };
    } catch (error) {
      const cause = error instanceof Error ? error.message : 'unknown cause';
      const next = 'see that the registry runs: slipway status';
      return { part: 'registry', state: 'failed', code: 'service_unavailable', message: `images cannot be read: ${cause}`, next };
    }
  }

  prepare(image: ImagePin, uid: number | undefined, serviceId: string, done: (serviceId: string) => void): Preparation {
    const key = `${image.digest} ${uid ?? ''}`;
    const known = this.images.get(key);
    const again = known?.preparation.state === 'failed' && performance.now() - known.at > retryMs;
    if (known && !again) {
      known.waiting.add(serviceId);
      return known.preparation;
    }
    const entry: Entry = { preparation: { state: 'preparing' }, at: performance.now(), waiting: new Set([serviceId]) };
    this.images.set(key, entry);
    void this.fetch(image, uid).then((preparation) => {
      entry.preparation = preparation;
      entry.at = performance.now();
      for (const waiting of entry.waiting) done(waiting);
      entry.waiting.clear();
    });
    return entry.preparation;
  }

  /** The image's place on this machine and the program that runs it; fetches what is missing. */
  async open(image: ImagePin, uid: number | undefined): Promise<{ layout: ImageLayout; python: string }> {
    const python = await sealedPython(this.root, await this.interpreters.find(image.python, uid));
    return { python, layout: await this.layers.open(image) };
  }

  private async fetch(image: ImagePin, uid: number | undefined): Promise<Preparation> {
    try {
      await this.open(image, uid);
      return { state: 'ready' };
    } catch (error) {
      this.log.warn('an image could not be prepared', { image: `${image.name}:${image.version}`, digest: image.digest }, error);
      return { state: 'failed', error: describePreparation(image, error), passing: isPassing(error) };
    }
  }
}

/** The registry may only be away for a moment. */
export const isPassing = (error: unknown): boolean =>
  error instanceof DistributionError && (error.status === 0 || error.status === 429 || error.status >= 500);

export function describePreparation(image: ImagePin, error: unknown): ResourceError {
  const name = `image ${image.name}:${image.version}`;
  const as = (code: DomainError['code'], message: string): ResourceError => ({ code, message, details: [] });
  if (error instanceof DistributionError)
    return as(
      error.status === 404 ? 'not_found' : 'service_unavailable',
      `${name} could not be fetched from the registry (${error.code}); see that the registry runs and has it, then update the service`,
    );
  if (error instanceof DigestMismatchError)
    return as('digest_mismatch', `${name} is not what its digest says and was not started; build the image again`);
  if (error instanceof ArchiveError || error instanceof OciFormatError)
    return as('invalid_archive', `${name} cannot be unpacked: ${error.message}; build the image again`);
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
    return as('insufficient_storage', `there is no disk space left to unpack ${name}; free some and update the service`);
  return toResourceError(error);
}
