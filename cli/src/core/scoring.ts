import { CliError } from './errors.js';
import type { Shell } from './shell.js';

/** Calls a service through its URL with its primary key, as an application would; without data with the Swagger's sample. */
export async function score(shell: Shell, ref: string, data: string | undefined): Promise<unknown> {
  const api = shell.api();
  const service = await api.getService(ref);
  if (service.revision === null) {
    throw new CliError(
      `the service '${service.name}' does not serve (state ${service.state})`,
      1,
      service.error ? [service.error.message] : [],
      `see its log: slipway service logs ${service.name}`,
    );
  }
  const { primaryKey } = await api.getKeys(service.id);
  const headers = { Authorization: `Bearer ${primaryKey}`, 'Content-Type': 'application/json' };
  const body = data ?? (await sample(service.swaggerUri, headers, shell, service.name));
  const response = await request(service.scoringUri, { method: 'POST', headers, body, signal: shell.signal }, service.name);
  const text = await response.text();
  if (!response.ok) {
    const mine = response.status >= 400 && response.status < 500;
    throw new CliError(
      `the service '${service.name}' answered ${response.status}: ${text.slice(0, 2_000)}`,
      mine ? 1 : 2,
      [`request id ${response.headers.get('x-ms-request-id') ?? 'unknown'}`],
      mine
        ? `compare the data with the service's document: ${service.swaggerUri}`
        : `see its log: slipway service logs ${service.name} -r ${response.headers.get('x-ms-request-id') ?? ''}`,
    );
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

async function sample(swaggerUri: string, headers: Record<string, string>, shell: Shell, name: string): Promise<string> {
  shell.progress.note('No input data specified. Checking for sample data.');
  const response = await request(swaggerUri, { headers, signal: shell.signal }, name);
  const document = (await response.json()) as { definitions?: { ServiceInput?: { example?: unknown } } };
  const example = document.definitions?.ServiceInput?.example;
  if (example === undefined)
    throw new CliError(`the service '${name}' has no sample data`, 1, [], `give data: slipway service run ${name} -d '<json>'`);
  return JSON.stringify(example);
}

async function request(url: string, init: RequestInit, name: string): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    throw new CliError(
      `the service '${name}' cannot be reached at ${url}: ${(cause as { cause?: { code?: string } }).cause?.code ?? 'no connection'}`,
      2,
      [],
      'see whether the router runs: slipway status',
    );
  }
}
