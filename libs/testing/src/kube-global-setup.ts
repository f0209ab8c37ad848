import { sharedKubernetesSetting, testEnv } from './env.js';
import { startKubernetes } from './kubernetes.js';

/** For the runner: one cluster for all files of a run; each test takes a namespace of its own from it. */
export default async function setup(): Promise<() => Promise<void>> {
  const cluster = await startKubernetes();
  testEnv[sharedKubernetesSetting] = cluster.folder;
  return async () => {
    delete testEnv[sharedKubernetesSetting];
    await cluster.close();
  };
}
