import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf, type SlipwayClient } from './client.js';
import { SlipwayApiError, SlipwayConnectionError } from './errors.js';
import type { components } from './generated/api.js';

export type Operation = components['schemas']['Operation'];

/** The time to wait is over; the operation goes on. */
export class OperationTimeout extends Error {
  override readonly name = 'OperationTimeout';
  constructor(readonly operationId: string) {
    super(`the operation ${operationId} is still going on`);
  }
}

export interface WaitOptions {
  onProgress?: (operation: Operation) => void;
  /** Default 1,800,000 (30 minutes). */
  timeoutMs?: number;
  /** Between two questions; default 200. */
  intervalMs?: number;
  signal?: AbortSignal;
}

/**
 * Asks until the operation has ended, and returns it whatever its state. A gateway that is away or busy for a while is asked again.
 * @throws OperationTimeout when the time is over, SlipwayApiError for a refusal
 */
export async function waitForOperation(
  client: SlipwayClient,
  account: string,
  id: string,
  options: WaitOptions = {},
): Promise<Operation> {
  const end = Date.now() + (options.timeoutMs ?? 1_800_000);
  for (;;) {
    const operation = await ask(client, account, id);
    if (operation) {
      options.onProgress?.(operation);
      if (operation.state !== 'NotStarted' && operation.state !== 'Running') return operation;
    }
    if (Date.now() > end) throw new OperationTimeout(id);
    await sleep(options.intervalMs ?? 200, undefined, options.signal ? { signal: options.signal } : {});
  }
}

async function ask(client: SlipwayClient, account: string, id: string): Promise<Operation | undefined> {
  try {
    return await dataOf(client.GET('/api/v1/accounts/{account}/operations/{id}', { params: { path: { account, id } } }));
  } catch (error) {
    if (error instanceof SlipwayConnectionError) return undefined;
    if (error instanceof SlipwayApiError && (error.status >= 500 || error.status === 429)) return undefined;
    throw error;
  }
}
