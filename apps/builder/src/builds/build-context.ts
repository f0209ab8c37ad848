import type { Manifest } from '#slipway/contracts';
import type { StepContext } from '../dependencies/uv.adapter.js';

/** What the steps of one build share. */
export interface BuildContext extends StepContext {
  account: string;
  manifest: Manifest;
  /** Where new layers are pushed to: the repository of the first image that waits for the build. */
  repository: string;
  /** A line of the build log. */
  say(line: string): void;
  /** What is being done now, for the operation and the log. */
  progress(text: string): Promise<void>;
}
