import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import type { EnvironmentCheck, ResourceError } from '#slipway/contracts';
import { toResourceError, uuidv7 } from '#slipway/platform';
import { ComputeTargets } from '../compute/compute-targets.js';
import { commonOf } from './environment-config.js';
import type { EnvironmentEntity } from './environment.entity.js';

const sinkMs = 5_000;

/** Tries every part of an environment for real. */
@Injectable()
export class EnvironmentChecks {
  constructor(private readonly targets: ComputeTargets) {}

  /** @param environment its row as it is, or as it would be. */
  async run(environment: EnvironmentEntity): Promise<EnvironmentCheck[]> {
    const { storage, logSink } = commonOf(environment.config);
    const checks = await Promise.all([this.target(environment), storageCheck(storage), sinkCheck(logSink)]);
    return checks.flat();
  }

  private async target(environment: EnvironmentEntity): Promise<EnvironmentCheck[]> {
    try {
      return await this.targets.trial(environment, (target) => target.preflight());
    } catch (error) {
      const { code, message } = toResourceError(error);
      return [{ part: 'target', state: 'failed', code, message }];
    }
  }
}

/** One error for each part that failed, as an environment keeps them. */
export function errorsOf(checks: readonly EnvironmentCheck[]): ResourceError[] {
  return checks
    .filter((check) => check.state === 'failed')
    .map(({ part, code, message, next }) => ({
      code: code ?? 'unprocessable',
      message: `${part}: ${message}${next === undefined ? '' : `; ${next}`}`,
      details: [],
    }));
}

async function storageCheck(storage: string | undefined): Promise<EnvironmentCheck[]> {
  const part = 'storage';
  if (storage === undefined) return [];
  if (!storage.startsWith('file:'))
    return [{ part, state: 'not_supported', message: `${storage} is kept; captures still go to the installation's own storage` }];
  const folder = fileURLToPath(storage);
  const probe = join(folder, `.slipway-${uuidv7()}`);
  try {
    // Its parent must be there: making all of them never ends on some file systems.
    await mkdir(folder).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
    await writeFile(probe, 'slipway', { flag: 'wx', mode: 0o600 });
    await rm(probe);
    return [{ part, state: 'ok', message: `${folder} can be written` }];
  } catch (error) {
    const cause = (error as NodeJS.ErrnoException).code ?? 'unknown cause';
    const next = 'make it writable for the deployer, or name another folder';
    return [{ part, state: 'failed', code: 'unprocessable', message: `${folder} cannot be written (${cause})`, next }];
  }
}

/** An empty export is what OTLP/HTTP answers without keeping anything. */
async function sinkCheck(logSink: string | undefined): Promise<EnvironmentCheck[]> {
  const part = 'logSink';
  if (logSink === undefined) return [];
  const url = `${logSink.replace(/\/+$/, '')}/v1/logs`;
  const next = 'check the address; it is the base URL of an OTLP/HTTP collector';
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"resourceLogs":[]}',
      signal: AbortSignal.timeout(sinkMs),
    });
    await answer.body?.cancel();
    if (answer.ok) return [{ part, state: 'not_supported', message: `${url} answers; logs of replicas are not sent there yet` }];
    return [{ part, state: 'failed', code: 'unprocessable', message: `${url} answered ${answer.status}`, next }];
  } catch {
    return [{ part, state: 'failed', code: 'service_unavailable', message: `${url} does not answer`, next }];
  }
}
