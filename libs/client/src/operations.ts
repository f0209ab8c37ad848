import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf, type SlipwayClient } from './client.js';
import { isTransient } from './errors.js';
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
  /** Called with each answer. */
  onProgress?: (operation: Operation) => void;
  /** Default 1,800,000 (30 minutes). */
  timeoutMs?: number;
  /** Between the first two questions; default 100. It grows to ten times as much. */
  intervalMs?: number;
  /** Ends the waiting; its reason is thrown. */
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
  const { intervalMs = 100, timeoutMs = 1_800_000, signal } = options;
  const end = Date.now() + timeoutMs;
  for (let pause = intervalMs; ; pause = Math.min(pause * 1.2, intervalMs * 10)) {
    const operation = await ask(client, account, id, signal);
    if (operation) {
      options.onProgress?.(operation);
      if (operation.state !== 'NotStarted' && operation.state !== 'Running') return operation;
    }
    if (Date.now() + pause > end) throw new OperationTimeout(id);
    await sleep(pause, undefined, signal ? { signal } : {});
  }
}

async function ask(client: SlipwayClient, account: string, id: string, signal?: AbortSignal): Promise<Operation | undefined> {
  try {
    return await dataOf(
      client.GET('/api/v1/accounts/{account}/operations/{id}', {
        params: { path: { account, id } },
        ...(signal ? { signal } : {}),
      }),
    );
  } catch (error) {
    if (isTransient(error)) return undefined;
    throw error;
  }
}
