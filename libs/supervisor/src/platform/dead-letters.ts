import { readFileSync, realpathSync } from 'node:fs';
import { readSupervisorEnv, type SupervisorEnv } from '../env.js';
import { SetupError } from '../errors.js';
import { readConfig } from '../home/config.js';
import { layoutOf } from '../home/layout.js';
import { secretsOf } from '../home/secrets.js';
import { type App, statefulApps } from '../parts/specs.js';

/** A message that a service could not handle and keeps. */
export interface ParkedMessage {
  service: App['name'];
  id: string;
  subject: string;
  error: string;
  deliveries: number;
  createdAt: string;
  replayedAt: string | null;
}

/** Dead letters of every service of this home, newest first. @throws SetupError `not_running` */
export async function listDeadLetters(env: SupervisorEnv = readSupervisorEnv()): Promise<ParkedMessage[]> {
  const lists = await Promise.all(
    statefulApps.map(async ({ name }) => {
      const response = await ask(env, name, '/internal/dead-letters', 'GET');
      const { value } = (await response.json()) as { value: Omit<ParkedMessage, 'service'>[] };
      return value.map((letter) => ({ service: name, ...letter }));
    }),
  );
  return lists.flat().sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

/** Hands a dead letter to its service again; its effect happens once. @throws SetupError when there is none, or it fails again. */
export async function replayDeadLetter(id: string, env: SupervisorEnv = readSupervisorEnv()): Promise<ParkedMessage> {
  const letter = (await listDeadLetters(env)).find((candidate) => candidate.id === id);
  if (!letter)
    throw new SetupError('part_failed', `no service keeps a dead letter '${id}'; \`slipway admin dead-letters\` lists them`);
  await ask(env, letter.service, `/internal/dead-letters/${letter.id}/replay`, 'POST');
  return letter;
}

async function ask(env: SupervisorEnv, service: App['name'], path: string, method: string): Promise<Response> {
  const layout = layoutOf(realpathSync(env.home));
  const port = readConfig(layout).ports[service];
  // Any service's secret tells that the installation itself asks.
  const secret = readFileSync(secretsOf(layout).internalSecret('deployer'), 'utf8').trim();
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { Authorization: `Bearer ${secret}` },
  }).catch((cause: unknown) => {
    throw new SetupError('not_running', `the ${service} does not answer; \`slipway status\` shows what runs`, { cause });
  });
  if (!response.ok)
    throw new SetupError(
      'part_failed',
      `the ${service} answered ${response.status}; its log in the folder logs of the home has the reason`,
    );
  return response;
}
