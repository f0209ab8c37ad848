import path from 'node:path';
import { defineConfig } from 'vitest/config';

const conditions = ['slipway-src'];
// Global set-ups run in the runner's own process, which knows only aliases.
const alias = [{ find: /^#slipway\/(.*)$/, replacement: path.join(import.meta.dirname, 'libs/$1/src/index.ts') }];
const oxc = { decorator: { legacy: true, emitDecoratorMetadata: true } };
const base = { oxc, resolve: { conditions, alias }, ssr: { resolve: { conditions } } };
const forks = { pool: 'forks' as const };

/** Specs that replace modules, which the others of their worker would see: these run each in a process of its own. */
const replacingModules = ['apps/registry/src/blobs/file-blob-store.durability.spec.ts'];

/** One project a kind of test; `medium` and above start real PostgreSQL and NATS, so that few of their files run at a time. */
export default defineConfig({
  test: {
    projects: [
      {
        ...base,
        test: {
          ...forks,
          name: 'unit',
          include: ['{apps,libs}/*/src/**/*.spec.ts', 'cli/src/**/*.spec.ts', 'scripts/**/*.spec.ts'],
          exclude: ['**/node_modules/**', ...replacingModules],
          // Loading the framework anew for each file takes three times as long as all the tests.
          isolate: false,
          testTimeout: 30_000,
        },
      },
      { ...base, test: { ...forks, name: 'unit-alone', include: replacingModules, testTimeout: 30_000 } },
      {
        ...base,
        test: {
          ...forks,
          name: 'medium',
          include: ['{apps,libs}/*/test/**/*.medium-spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['libs/testing/src/global-setup.ts'],
          // Each file has processes, databases and ports of its own; most of the time it waits for them.
          maxWorkers: 2,
        },
      },
      {
        ...base,
        test: {
          ...forks,
          name: 'docker',
          include: ['{apps,libs}/*/test/**/*.docker-spec.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          globalSetup: ['libs/testing/src/global-setup.ts'],
        },
      },
      {
        ...base,
        test: {
          ...forks,
          name: 'kube',
          include: ['{apps,libs}/*/test/**/*.kube-spec.ts', 'test/chart/**/*.kube-spec.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Some of them stop the API server that all share.
          fileParallelism: false,
          globalSetup: ['libs/testing/src/global-setup.ts', 'libs/testing/src/kube-global-setup.ts'],
        },
      },
      {
        ...base,
        test: {
          ...forks,
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        ...base,
        test: {
          ...forks,
          name: 'faults',
          include: ['test/faults/**/*.fault-spec.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        ...base,
        test: {
          ...forks,
          name: 'abuse',
          include: ['test/abuse/**/*.abuse-spec.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
