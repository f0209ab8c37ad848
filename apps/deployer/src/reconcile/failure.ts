import type { ResourceError } from '#slipway/contracts';
import { replicasOf } from '../services/service.entity.js';
import { type Action, exitInitFailed, exitWrongSetting } from './plan.js';
import { isPassingTrouble } from './cluster-trouble.js';
import type { Seen } from './seen.js';

type GivenUp = Extract<Action, { do: 'give up' }>;

/** Log lines that go with an error. */
export const failureLines = 40;
const maxLineLength = 2_000;

/** Why a revision could not be had, in words for whoever deployed it; the replica's last lines are its details. */
export function describeFailure(action: GivenUp, seen: Seen, lines: readonly string[]): ResourceError {
  const revision = seen.revisions.get(seen.service.targetRevisionId);
  const number = revision?.number ?? 0;
  const image = seen.images.get(seen.service.targetRevisionId);
  if (action.why === 'image' && image?.state === 'failed') return image.error;
  const details = lines.map((line) => ({ code: 'log', message: line.slice(0, maxLineLength) }));
  const next = `see the service's logs, repair it, and update the service`;
  const trouble = troubleOf(action, seen);
  if (trouble)
    return {
      code: trouble.code,
      message: `revision ${number} could not be had: ${trouble.message}${lastReason(lines)}; ${next}`,
      details,
    };
  if (action.why === 'stalled') {
    const ready = seen.replicas.filter((replica) => replica.state === 'Ready' && replica.revisionId === revision?.id).length;
    const waiting = image?.state === 'failed' ? `: ${image.error.message}` : '';
    const message = `revision ${number} stood still for too long with ${ready} of ${replicasOf(seen.service)} replicas ready${waiting}; ${next}`;
    return { code: 'rollout_failed', message, details };
  }
  const replica = seen.replicas.find((one) => one.id === action.replica);
  const oom = seen.sightings.get(action.replica ?? '')?.oom;
  if (oom) {
    const message = `a replica of revision ${number} needed more than its ${oom.limitBytes} bytes of memory and was ended; give it more (--memory), or load less`;
    return { code: 'out_of_memory', message, details };
  }
  const exitCode = replica?.exitCode ?? seen.sightings.get(action.replica ?? '')?.exitCode;
  const reason = lastReason(lines);
  if (exitCode === exitInitFailed) {
    const file = revision?.image.entry ?? 'the scoring script';
    return { code: 'init_failed', message: `init() of ${file} failed in revision ${number}${reason}; ${next}`, details };
  }
  const how =
    exitCode === exitWrongSetting ? 'could not start with its settings' : `ended before it was ready${exitText(exitCode)}`;
  return { code: 'rollout_failed', message: `a replica of revision ${number} ${how}${reason}; ${next}`, details };
}

/** What the target itself says of the replica, of the lack of any, or of the cluster. */
function troubleOf(action: GivenUp, seen: Seen): ResourceError | undefined {
  const { service, target, sightings } = seen;
  const own = sightings.get(action.replica ?? '')?.trouble;
  if (own) return own.code === 'init_failed' ? undefined : own;
  if (isPassingTrouble(service.error)) return service.error!;
  return target.workloads?.shortfall(service.id, service.targetRevisionId);
}

function exitText(exitCode: number | null | undefined): string {
  if (exitCode === undefined || exitCode === null) return '';
  if (exitCode === 128 + 9) return ' (killed; out of memory?)';
  return exitCode > 128 ? ` (signal ${exitCode - 128})` : ` (status ${exitCode})`;
}

/** The last line of a traceback says what went wrong: `FileNotFoundError: …`. */
function lastReason(lines: readonly string[]): string {
  const found = lines
    .flatMap((text) => text.split('\n'))
    .findLast((line) => /^[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt|Warning)\b/.test(line));
  return found === undefined ? '' : `: ${found.slice(0, 300)}`;
}
