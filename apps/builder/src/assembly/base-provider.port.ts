import type { BuildContext } from '../builds/build-context.js';
import type { BaseImage } from './build-result.js';

export const BASE_PROVIDER = Symbol('base provider');

/** Gives the layers with the operating system and Python. */
export interface BaseProvider {
  /** What a manifest that is built for the first time stands on, by exact versions; kept with its lock. */
  choose(context: BuildContext): Promise<string>;
  /** The base that was chosen once. */
  open(choice: string, context: BuildContext): Promise<BaseImage>;
}
