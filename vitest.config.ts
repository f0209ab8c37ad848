import { defineConfig } from 'vitest/config';

const conditions = ['slipway-src'];
const base = { resolve: { conditions }, ssr: { resolve: { conditions } } };
const forks = { pool: 'forks' as const };

/** One project a kind of test; `medium` and above start real PostgreSQL and NATS, so they take turns. */
export default defineConfig({
  test: {
    projects: [
      { ...base, test: { ...forks, name: 'unit', include: ['{apps,libs}/*/src/**/*.spec.ts', 'cli/src/**/*.spec.ts', 'scripts/**/*.spec.ts'] } },
      { ...base, test: { ...forks, name: 'medium', include: ['{apps,libs}/*/test/**/*.medium-spec.ts'], testTimeout: 60_000, hookTimeout: 120_000 } },
      { ...base, test: { ...forks, name: 'e2e', include: ['test/e2e/**/*.e2e-spec.ts'], testTimeout: 300_000, hookTimeout: 300_000, fileParallelism: false } },
      { ...base, test: { ...forks, name: 'faults', include: ['test/faults/**/*.fault-spec.ts'], testTimeout: 300_000, hookTimeout: 300_000, fileParallelism: false } },
      { ...base, test: { ...forks, name: 'abuse', include: ['test/abuse/**/*.abuse-spec.ts'], testTimeout: 120_000, hookTimeout: 120_000, fileParallelism: false } },
    ],
  },
});
