import type { Command } from 'commander';
import { CliError } from '../core/errors.js';
import type { ServiceSettings } from '../core/api.js';
import { integer, secretRef, trueOrFalse, variable } from './common.js';

/** Settings that create and update share. */
export interface SettingFlags {
  replicas?: number;
  autoscaleEnabled?: boolean;
  autoscaleMinReplicas?: number;
  autoscaleMaxReplicas?: number;
  autoscaleRefreshPeriodSeconds?: number;
  autoscaleTargetUtilization?: number;
  replicaMaxConcurrentRequests?: number;
  replicaMaxQueuedRequests?: number;
  timeout?: number;
  cpu?: string;
  memory?: string;
  collectModelData?: boolean;
  enableAppInsights?: boolean;
  env?: Record<string, string>;
  secret?: Record<string, string | null>;
  secretFile?: Record<string, string | null>;
}

export function addSettingFlags(command: Command): Command {
  return command
    .option('-z, --replicas <n>', 'number of replicas', integer(0, 1000))
    .option('--autoscale-enabled <bool>', 'true or false', trueOrFalse)
    .option('--autoscale-min-replicas <n>', 'least replicas', integer(0, 1000))
    .option('--autoscale-max-replicas <n>', 'most replicas', integer(1, 1000))
    .option('--autoscale-refresh-period-seconds <n>', 'seconds between two decisions', integer(1, 3600))
    .option('--autoscale-target-utilization <n>', 'percent, 1 to 100', integer(1, 100))
    .option('--replica-max-concurrent-requests <n>', 'requests at once on one replica', integer(1, 1000))
    .option('--replica-max-queued-requests <n>', 'waiting requests for each replica', integer(0, 1000))
    .option('--timeout <ms>', 'milliseconds that one request may take', integer(100, 3_600_000))
    .option('--cpu <cores>', 'reserved cores of a replica, for example 0.5')
    .option('--memory <size>', 'reserved memory of a replica, for example 1G or 300M')
    .option('--collect-model-data <bool>', 'true or false: keep requests and answers in the telemetry storage', trueOrFalse)
    .option('-l, --enable-app-insights <bool>', 'true or false', trueOrFalse)
    .option('-e, --env <NAME=VALUE>', 'variable of the replicas; may be repeated', variable)
    .option(
      '--secret <VARIABLE=SECRET>',
      'variable with the value of a secret; may be repeated; on an update VARIABLE= removes it',
      secretRef,
    )
    .option(
      '--secret-file <PATH=SECRET>',
      'file in the folder SLIPWAY_SECRETS_DIR with the value of a secret; may be repeated',
      secretRef,
    );
}

/** Only what was given: on an update the rest stays as it is. */
export function settingsOf(flags: SettingFlags): ServiceSettings {
  const autoscale = {
    autoscaleEnabled: flags.autoscaleEnabled,
    minReplicas: flags.autoscaleMinReplicas,
    maxReplicas: flags.autoscaleMaxReplicas,
    refreshPeriodInSeconds: flags.autoscaleRefreshPeriodSeconds,
    targetUtilization: flags.autoscaleTargetUtilization,
  };
  if (flags.autoscaleEnabled === true && flags.replicas !== undefined) {
    throw new CliError(
      `-z ${flags.replicas} fixes the number of replicas and does not go with --autoscale-enabled true`,
      1,
      [],
      'leave one of the two out',
    );
  }
  return defined({
    numReplicas: flags.replicas,
    autoScaler: emptyToNothing(defined(autoscale)),
    maxConcurrentRequestsPerContainer: flags.replicaMaxConcurrentRequests,
    maxQueuedRequestsPerContainer: flags.replicaMaxQueuedRequests,
    scoringTimeoutMs: flags.timeout,
    containerResourceReservation: emptyToNothing(defined({ cpu: flags.cpu, memory: flags.memory })),
    dataCollection: flags.collectModelData === undefined ? undefined : { storageEnabled: flags.collectModelData },
    appInsightsEnabled: flags.enableAppInsights,
    env: flags.env,
    secrets: emptyToNothing(defined({ variables: flags.secret, files: flags.secretFile })) as ServiceSettings['secrets'],
  });
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as Defined<T>;
}

const emptyToNothing = <T extends object>(value: T): T | undefined => (Object.keys(value).length > 0 ? value : undefined);
