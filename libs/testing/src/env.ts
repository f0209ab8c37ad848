/** Environment in which test servers look for their programs. */
export const testEnv: NodeJS.ProcessEnv = process.env;

/** Administrator's address of a PostgreSQL that all test files of a run share; set by the runner's global set-up. */
export const sharedPostgresSetting = 'SLIPWAY_TEST_POSTGRES_URL';

/** Folder of a Kubernetes cluster that all test files of a run share; set by the runner's global set-up. */
export const sharedKubernetesSetting = 'SLIPWAY_TEST_KUBERNETES';
