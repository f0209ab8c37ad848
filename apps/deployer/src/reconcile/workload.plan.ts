import {
  type Action,
  type Desired,
  endOfDeletion,
  type Observed,
  places,
  type PlannedReplica,
  ready,
  release,
  settle,
} from './plan.js';

/**
 * Decides what to do next about a service whose replicas its target keeps: as `planService`, but nothing is started or
 * restarted one by one; {@link sizesOf} says how many there shall be of each revision.
 */
export function planWorkload(desired: Desired, observed: Observed): Action[] {
  const facts = observed.replicas.flatMap((replica) => factAbout(replica));
  const replicas = observed.replicas.flatMap((replica) => afterFact(replica));
  if (desired.deleted) return [...facts, ...release(replicas, []), ...endOfDeletion(replicas, observed)];

  const rollout = desired.target !== undefined && desired.target !== desired.serving;
  const failure = rollout ? giveUp(desired.target!, replicas, observed) : [];
  if (failure.length > 0) return [...facts, ...failure];

  const wanted = desired.target === undefined ? [] : places(replicas, desired.target, desired.replicas);
  const switching = rollout && ready(wanted) >= desired.replicas;
  const stays = desired.serving !== undefined && desired.serving !== desired.target && !switching;
  const old = stays ? places(replicas, desired.serving!, Number.POSITIVE_INFINITY) : [];
  return [
    ...facts,
    ...(switching ? [{ do: 'switch', to: desired.target! } as const] : []),
    ...release(replicas, [...wanted, ...old]),
    ...settle(desired, rollout && !switching, wanted, observed),
  ];
}

function factAbout(replica: PlannedReplica): Action[] {
  const { id, state } = replica;
  if (!replica.running) return [{ do: 'forget', replica: id }];
  if (state !== 'Starting' && state !== 'Ready') return [];
  if (replica.leaving) return [{ do: 'drain', replica: id }];
  if (state === 'Starting' && replica.ready) return [{ do: 'mark ready', replica: id }];
  if (state === 'Ready' && !replica.ready) return [{ do: 'mark unready', replica: id }];
  return [];
}

function afterFact(replica: PlannedReplica): PlannedReplica[] {
  const [fact] = factAbout(replica);
  if (fact?.do === 'forget') return [];
  if (fact?.do === 'drain') return [{ ...replica, state: 'Draining', due: false }];
  if (fact?.do === 'mark ready') return [{ ...replica, state: 'Ready' }];
  if (fact?.do === 'mark unready') return [{ ...replica, state: 'Starting' }];
  return [replica];
}

function giveUp(target: string, replicas: readonly PlannedReplica[], observed: Observed): Action[] {
  if (observed.images.get(target) === 'failed') return [{ do: 'give up', why: 'image', replica: undefined }];
  const own = replicas.filter((replica) => replica.revision === target);
  const dead = own.find((replica) => replica.hopeless && replica.state === 'Starting');
  if (dead) return [{ do: 'give up', why: 'start', replica: dead.id }];
  if (!observed.stalled) return [];
  return [{ do: 'give up', why: 'stalled', replica: own.find((replica) => replica.state === 'Starting')?.id }];
}

/** How many replicas of each revision there shall be once a plan is written; undefined: as many as there are. */
export function sizesOf(desired: Desired, observed: Observed, plan: readonly Action[]): Map<string, number | undefined> {
  const told = (what: Action['do']): Set<string> =>
    new Set(plan.flatMap((action) => (action.do === what && 'replica' in action ? [action.replica!] : [])));
  const [forgotten, drained, stopped] = [told('forget'), told('drain'), told('stop')];
  const left = observed.replicas.filter((replica) => !forgotten.has(replica.id));
  // What drains still counts until its time is over, or the target would start another one in its place.
  const draining = left.filter(
    ({ id, state, leaving }) => !leaving && !stopped.has(id) && (state === 'Draining' || drained.has(id)),
  );
  const sizes = new Map<string, number | undefined>();
  for (const { revision } of left) sizes.set(revision, 0);
  if (!desired.deleted) {
    const switched = plan.some((action) => action.do === 'switch');
    if (desired.target !== undefined) sizes.set(desired.target, desired.replicas);
    const stays = desired.serving !== undefined && desired.serving !== desired.target && !switched;
    if (stays) sizes.set(desired.serving!, undefined);
  }
  for (const { revision } of draining) {
    const size = sizes.get(revision);
    if (size !== undefined) sizes.set(revision, size + 1);
  }
  return sizes;
}

/** How long until the service wants to be looked at again when its target tells of no change, milliseconds. */
export function nextWorkloadLook(observed: Observed, plan: readonly Action[], settled: boolean): number {
  const moved = new Set<Action['do']>(['mark ready', 'mark unready', 'forget', 'drain', 'switch', 'give up', 'stop']);
  if (plan.some((action) => moved.has(action.do))) return 0;
  const waits = observed.replicas.flatMap(({ state }) => (state === 'Starting' ? [2_000] : state === 'Ready' ? [] : [300]));
  if (!observed.acknowledged) waits.push(300);
  if (!settled || observed.pending) waits.push(1_000);
  return Math.min(steadyLookMs * (1 + Math.random() / 4), ...waits);
}

/** Changes are told by the target; this is for those that were missed. */
const steadyLookMs = 60_000;
