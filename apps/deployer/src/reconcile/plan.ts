/** What the tables want of one service. Times are milliseconds of the database's clock. */
export interface Desired {
  deleted: boolean;
  /** The revision that shall serve; undefined when it has failed and none has served before. */
  target: string | undefined;
  /** The revision that the route names. */
  serving: string | undefined;
  replicas: number;
}

/** A replica as its row and the last look at its process say. */
export interface PlannedReplica {
  id: string;
  revision: string;
  state: 'Starting' | 'Ready' | 'Draining' | 'Stopping' | 'Failed';
  /** Its process is there. */
  running: boolean;
  /** It answers that it takes requests. */
  ready: boolean;
  /** It has not answered for so long that it never will. */
  hung: boolean;
  /** It did not answer when it was asked last. */
  silent: boolean;
  /** Its target ends it already. */
  leaving?: boolean;
  /** Its target has tried often enough. */
  hopeless?: boolean;
  exitCode: number | undefined;
  /** Starts before this one in its place. */
  restarts: number;
  /** Failed: when its successor may start. */
  retryAt: number;
  /** Draining: no router sends to it any more and none waits for an answer. Stopping: its time is over. */
  due: boolean;
  createdAt: number;
}

export interface Observed {
  replicas: readonly PlannedReplica[];
  now: number;
  /** Whether the image of a revision can be started, is being fetched, or cannot be had. */
  images: ReadonlyMap<string, 'ready' | 'preparing' | 'failed'>;
  /** Every live router uses the present route. */
  acknowledged: boolean;
  /** How many replicas may be starting at the same time. */
  startsAtOnce: number;
  /** Somebody waits for what was asked for. */
  pending: boolean;
  /** Nothing moved for longer than that may take. */
  stalled: boolean;
}

export type Action =
  | { do: 'mark ready'; replica: string }
  /** It ended without being told; its place is kept for a successor. */
  /** It takes no requests for now. */
  | { do: 'mark unready'; replica: string }
  | { do: 'mark failed'; replica: string }
  /** It is over: nothing is left to wait for. */
  | { do: 'forget'; replica: string }
  | { do: 'start'; revision: string; after: string | undefined }
  /** Leaves the route. */
  | { do: 'drain'; replica: string }
  | { do: 'stop'; replica: string }
  | { do: 'kill'; replica: string }
  /** The target's replicas take the place of the serving revision in the route. */
  | { do: 'switch'; to: string }
  /** What was asked for is so, and every live router knows. */
  | { do: 'settle' }
  /** The target cannot be had; `replica` tells why, unless its image or the time does. */
  | { do: 'give up'; why: 'start' | 'image' | 'stalled'; replica: string | undefined }
  /** Nothing of a deleted service is left. */
  | { do: 'finish deletion' };

/** Exit status of a runtime whose `init()` failed, and of one with a setting that it cannot start with. */
export const exitInitFailed = 3;
export const exitWrongSetting = 2;
/** Tries that a replica of a new revision has: with a known cause, and with any other. */
const triesOnInitFailure = 2;
const triesOnCrash = 5;

/**
 * Decides what to do next about one service: pure, and level-triggered, so that it may be asked at any time and from any
 * state. A rollout starts all replicas of the target beside those that serve, switches the route when all are ready, and
 * only then lets the old ones go; giving up leaves the old ones as they were.
 */
export function planService(desired: Desired, observed: Observed): Action[] {
  const facts = observed.replicas.flatMap((replica) => factAbout(replica));
  const replicas = observed.replicas.flatMap((replica) => afterFact(replica));
  if (desired.deleted) return [...facts, ...release(replicas, []), ...endOfDeletion(replicas, observed)];

  const rollout = desired.target !== undefined && desired.target !== desired.serving;
  const failure = rollout ? giveUp(desired, replicas, observed) : [];
  if (failure.length > 0) return [...facts, ...failure];

  const wanted = desired.target === undefined ? [] : places(replicas, desired.target, desired.replicas);
  const switching = rollout && ready(wanted) >= desired.replicas;
  const old =
    desired.serving === undefined || desired.serving === desired.target || switching
      ? []
      : places(replicas, desired.serving, Number.POSITIVE_INFINITY);
  const kept = [...wanted, ...old];
  const missing = desired.target === undefined ? 0 : desired.replicas - wanted.length;
  return [
    ...facts,
    ...(switching ? [{ do: 'switch', to: desired.target! } as const] : []),
    ...replace(kept, observed),
    ...startMore(desired.target, Math.min(missing, observed.startsAtOnce - starting(replicas)), observed),
    ...release(replicas, kept),
    ...settle(desired, rollout && !switching, wanted, observed),
  ];
}

function factAbout(replica: PlannedReplica): Action[] {
  const { id, state, running } = replica;
  if (state === 'Starting' && running && replica.ready) return [{ do: 'mark ready', replica: id }];
  if (running && state === 'Ready' && replica.hung) return [{ do: 'kill', replica: id }];
  if (running || state === 'Failed') return [];
  if (state === 'Starting' || state === 'Ready') return [{ do: 'mark failed', replica: id }];
  return [{ do: 'forget', replica: id }];
}

/** The replica as the fact about it leaves it; a successor of one that fails now is decided on in the next look. */
function afterFact(replica: PlannedReplica): PlannedReplica[] {
  const [fact] = factAbout(replica);
  if (fact?.do === 'forget') return [];
  if (fact?.do === 'mark ready') return [{ ...replica, state: 'Ready' }];
  if (fact?.do === 'mark failed') return [{ ...replica, state: 'Failed', retryAt: Number.POSITIVE_INFINITY }];
  return [replica];
}

/** Whether the rollout has failed, by its replicas, its image or the clock. */
function giveUp(desired: Desired, replicas: readonly PlannedReplica[], observed: Observed): Action[] {
  if (observed.images.get(desired.target!) === 'failed') return [{ do: 'give up', why: 'image', replica: undefined }];
  return hopeless(
    replicas.filter((replica) => replica.revision === desired.target),
    observed,
  );
}

function hopeless(replicas: readonly PlannedReplica[], observed: Observed): Action[] {
  const dead = replicas.find((replica) => replica.state === 'Failed' && replica.restarts + 1 >= triesFor(replica.exitCode));
  if (dead) return [{ do: 'give up', why: 'start', replica: dead.id }];
  if (!observed.stalled) return [];
  const culprit = replicas.find((replica) => replica.state !== 'Ready') ?? replicas[0];
  return [{ do: 'give up', why: 'stalled', replica: culprit?.id }];
}

function triesFor(exitCode: number | undefined): number {
  if (exitCode === exitWrongSetting) return 1;
  return exitCode === exitInitFailed ? triesOnInitFailure : triesOnCrash;
}

/** Replicas that hold one of the `count` places of a revision: those that serve before those that may, old before young. */
export function places(replicas: readonly PlannedReplica[], revision: string, count: number): PlannedReplica[] {
  const order = { Ready: 0, Starting: 1, Failed: 2, Draining: 3, Stopping: 3 };
  return replicas
    .filter((replica) => replica.revision === revision && order[replica.state] < 3)
    .sort((a, b) => order[a.state] - order[b.state] || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1))
    .slice(0, count);
}

export const ready = (replicas: readonly PlannedReplica[]): number =>
  replicas.filter((replica) => replica.state === 'Ready').length;

const starting = (replicas: readonly PlannedReplica[]): number =>
  replicas.filter((replica) => replica.state === 'Starting').length;

/** Successors of failed ones whose time has come. */
function replace(kept: readonly PlannedReplica[], observed: Observed): Action[] {
  return kept
    .filter((replica) => replica.state === 'Failed' && replica.retryAt <= observed.now)
    .filter((replica) => observed.images.get(replica.revision) === 'ready')
    .flatMap((replica): Action[] => [
      { do: 'forget', replica: replica.id },
      { do: 'start', revision: replica.revision, after: replica.id },
    ]);
}

function startMore(target: string | undefined, missing: number, observed: Observed): Action[] {
  if (target === undefined || missing <= 0 || observed.images.get(target) !== 'ready') return [];
  return Array.from({ length: missing }, () => ({ do: 'start', revision: target, after: undefined }));
}

/** Everything that is not kept goes one step further towards its end. */
export function release(replicas: readonly PlannedReplica[], kept: readonly PlannedReplica[]): Action[] {
  return replicas
    .filter((replica) => !kept.includes(replica))
    .flatMap(({ id, state, due }): Action[] => {
      if (state === 'Failed') return [{ do: 'forget', replica: id }];
      if (state === 'Starting' || state === 'Ready') return [{ do: 'drain', replica: id }];
      if (!due) return [];
      return [{ do: state === 'Draining' ? 'stop' : 'kill', replica: id }];
    });
}

export function settle(desired: Desired, rolling: boolean, wanted: readonly PlannedReplica[], observed: Observed): Action[] {
  if (rolling || desired.target === undefined) return [];
  if (desired.target !== desired.serving) return [];
  if (ready(wanted) >= desired.replicas) return observed.acknowledged ? [{ do: 'settle' }] : [];
  // More replicas of what serves: whoever asked is told, and they are tried for on.
  return observed.pending ? hopeless(wanted, observed) : [];
}

export function endOfDeletion(replicas: readonly PlannedReplica[], observed: Observed): Action[] {
  return replicas.length === 0 && observed.acknowledged ? [{ do: 'finish deletion' }] : [];
}

/** How long until the service wants to be looked at again when nothing calls for it, milliseconds. */
export function nextLook(observed: Observed, actions: readonly Action[]): number {
  const moved = new Set<Action['do']>(['mark ready', 'mark failed', 'forget', 'drain', 'switch', 'give up']);
  if (actions.some((action) => moved.has(action.do))) return 0;
  const waits = observed.replicas.flatMap((replica) => {
    if (replica.state === 'Starting') return [startingLookMs];
    if (replica.state === 'Failed') return [Math.max(replica.retryAt - observed.now, startingLookMs)];
    if (replica.state === 'Ready') return replica.silent ? [silentLookMs] : [];
    return [leavingLookMs];
  });
  if (actions.some((action) => action.do === 'start' || action.do === 'kill')) waits.push(startingLookMs);
  if (!observed.acknowledged || [...observed.images.values()].some((image) => image !== 'ready')) waits.push(leavingLookMs);
  return Math.min(steadyLookMs, ...waits);
}

const startingLookMs = 100;
const leavingLookMs = 200;
const silentLookMs = 2_000;
const steadyLookMs = 15_000;
