import { DomainError } from '#slipway/platform';

/** One dependency as the resolver reads it (PEP 508). */
export interface Requirement {
  /** Lower case, with `-` for every run of `-`, `_` and `.` (PEP 503). */
  name: string;
  text: string;
}

/** What a dependency file asks for, and what was changed on the way, for the build log. */
export interface Requirements {
  requirements: Requirement[];
  notes: string[];
}

export const normalName = (name: string): string => name.toLowerCase().replace(/[-_.]+/g, '-');

/** The original product's SDK and what users installed with it: the runtime brings its own `azureml`. */
const sdkNames = new Set([
  'azureml-datacollector',
  'azureml-model-management-sdk',
  'azure-ml-api-sdk',
  'azureml-api-sdk',
  'azureml-defaults',
]);

export const isProvidedByRuntime = (name: string): boolean => sdkNames.has(name);

/** A place in a user's dependency file. */
export interface Place {
  /** `the pip requirements` or `the conda file`. */
  file: string;
  line: number;
}

export function refuse(place: Place, text: string, why: string): DomainError {
  return new DomainError('bad_request', `${place.file}, line ${place.line}: ${quote(text)} ${why}`);
}

/** A user's text as it may stand in a message: one line, cut, without credentials. */
export function quote(text: string): string {
  const plain = withoutCredentials(text);
  return JSON.stringify(plain.length > 120 ? `${plain.slice(0, 117)}...` : plain);
}

export const withoutCredentials = (text: string): string => text.replace(/(\w:\/\/)[^\s/@]+@/g, '$1***@');
