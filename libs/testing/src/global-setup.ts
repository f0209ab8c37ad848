import { sharedPostgresSetting, testEnv } from './env.js';
import { startPostgres } from './postgres.js';

/** For the runner: one PostgreSQL for all files of a run; each takes a database of its own from it. */
export default async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgres();
  testEnv[sharedPostgresSetting] = server.url;
  return () => server.close();
}
