/** The walls between the parts of Slipway; `npm run check` holds them, `scripts/walls.spec.ts` breaks each once. */

const tests = '(\\.spec\\.ts|[.-](medium|docker|kube|e2e|fault|abuse)-spec\\.ts)$|^test/|/test/';
const drivers = '(^|/)node_modules/(typeorm|pg|@nats-io/[^/]+|kafkajs|dockerode|@kubernetes/[^/]+)/';
const placesOfDrivers =
  '\\.(repository|entity|adapter)\\.ts$|/migrations/|^libs/(platform|supervisor|testing)/|^(libs|apps)/[^/]+/test/|\\.spec\\.ts$|^test/';
const node = { dependencyTypes: ['core'] };

/** What a part may import besides its own files; npm packages are judged by other rules. */
const mayImport = (name, folder, allowed) => ({
  name,
  severity: 'error',
  comment: `${folder} may import: ${allowed.join(', ') || 'no other part'}`,
  from: { path: `^${folder}/`, pathNot: tests },
  to: { path: '^(apps|libs|cli|portal)/', pathNot: [`^${folder}/`, ...allowed.map((part) => `^${part}/`)] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-app-to-app',
      severity: 'error',
      comment: 'apps speak to one another only through libs/contracts',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^(apps/(?!$1/)|cli/|portal/)' },
    },
    {
      name: 'apps-use-libs',
      severity: 'error',
      comment: 'what starts processes belongs to the supervisor, what tests to the tests',
      from: { path: '^apps/[^/]+/src/', pathNot: tests },
      to: { path: '^libs/(supervisor|testing|client)/' },
    },
    mayImport('contracts-alone', 'libs/contracts', []),
    {
      name: 'contracts-only-zod',
      severity: 'error',
      comment: 'contracts are schemas and nothing else',
      from: { path: '^libs/contracts/src/', pathNot: tests },
      to: { path: '(^|/)node_modules/', pathNot: '(^|/)node_modules/zod/' },
    },
    {
      name: 'contracts-no-node',
      severity: 'error',
      comment: 'contracts are schemas and nothing else',
      from: { path: '^libs/contracts/src/', pathNot: tests },
      to: node,
    },
    mayImport('platform-on-contracts', 'libs/platform', ['libs/contracts']),
    mayImport('supervisor-on-platform', 'libs/supervisor', ['libs/platform', 'libs/contracts']),
    mayImport('oci-alone', 'libs/oci', []),
    mayImport('client-alone', 'libs/client', []),
    mayImport('testing-on-supervisor', 'libs/testing', ['libs/platform', 'libs/contracts', 'libs/supervisor']),
    mayImport('cli-on-client', 'cli', ['libs/client', 'libs/oci', 'libs/supervisor']),
    mayImport('portal-on-client', 'portal', ['libs/client']),
    {
      name: 'cli-loads-supervisor-late',
      severity: 'error',
      comment: 'only `up down status admin` load the supervisor, by import()',
      from: { path: '^cli/' },
      to: { path: '^libs/supervisor/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'lib-by-its-index',
      severity: 'error',
      comment: 'a lib has one door: #slipway/<lib>',
      from: { path: '^(apps/[^/]+|cli|portal|test|scripts)/' },
      to: { path: '^libs/[^/]+/src/(?!index\\.ts$)' },
    },
    {
      name: 'lib-by-its-index-from-libs',
      severity: 'error',
      comment: 'a lib has one door: #slipway/<lib>',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/(?!$1/)[^/]+/src/(?!index\\.ts$)' },
    },
    {
      name: 'drivers-at-the-edge',
      severity: 'error',
      comment: 'drivers only in *.repository.ts, *.entity.ts, *.adapter.ts, migrations, platform, supervisor and testing',
      from: { path: '^(apps|libs|cli|portal)/', pathNot: placesOfDrivers },
      to: { path: drivers },
    },
    {
      name: 'no-framework-in-rules',
      severity: 'error',
      comment: 'a *.service.ts holds rules: of the framework only what makes it injectable',
      from: { path: '\\.(service|reconciler|manifest)\\.ts$' },
      to: { path: '(^|/)node_modules/(@nestjs/(?!common/)|express/)' },
    },
    {
      name: 'no-tests-in-production',
      severity: 'error',
      comment: 'what runs imports no tests and no test servers',
      from: { path: '^(apps|libs|cli|portal)/[^/]+/src/|^cli/src/', pathNot: [tests, '^libs/testing/'] },
      to: { path: `${tests}|^libs/testing/|(^|/)node_modules/(vitest|fast-check)/` },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'types may refer to one another; code that runs may not go in a circle',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'an import that names nothing',
      from: { path: '^(apps|libs|cli|portal)/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.cache|generated)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      mainFields: ['module', 'main', 'types'],
      conditionNames: ['slipway-src', 'import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.d.ts', '.json'],
    },
  },
};
