import type { Manifest } from '#slipway/contracts';
import type { Layer } from './build-result.js';

export const BASE_PROVIDER = Symbol('base provider');

/** Gives the layers with the operating system and Python, lowest first; none where the compute target brings them. */
export interface BaseProvider {
  layersFor(manifest: Pick<Manifest, 'python' | 'platform'>): Promise<Layer[]>;
}

/** Images without a base: the process target starts them with an interpreter of the machine. */
export const noBase: BaseProvider = { layersFor: () => Promise.resolve([]) };
